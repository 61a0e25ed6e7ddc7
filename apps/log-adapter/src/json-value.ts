/** Reads JSON without losing anything: a number that JavaScript cannot hold exactly stays the text it is. */

/** Deeper than any event that means something, and shallow enough for everything that walks through it. */
export const MAX_JSON_DEPTH = 64;

/**
 * The value of a JSON text. Of keys that are there twice the last one counts. Throws a SyntaxError, or a RangeError for
 * a value that is nested deeper than `MAX_JSON_DEPTH`.
 */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  const look = { hasInexact: false };
  if (isDeeperThan(value, MAX_JSON_DEPTH, look)) throw new RangeError(`nested deeper than ${MAX_JSON_DEPTH}`);
  return look.hasInexact ? JSON.parse(text, keepExact) : value;
}

function keepExact(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  return typeof value === 'number' && !isExact(value) ? (context?.source ?? String(value)) : value;
}

function isExact(value: number): boolean {
  return Number.isInteger(value) ? Number.isSafeInteger(value) : Number.isFinite(value);
}

/** Also notes whether there is a number that is not what the text says. */
function isDeeperThan(value: unknown, levels: number, look: { hasInexact: boolean }): boolean {
  if (typeof value === 'number' && !isExact(value)) look.hasInexact = true;
  if (typeof value !== 'object' || value === null) return false;
  if (levels === 0) return true;
  for (const key in value) if (isDeeperThan((value as Record<string, unknown>)[key], levels - 1, look)) return true;
  return false;
}
