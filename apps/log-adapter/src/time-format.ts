/**
 * Times as old programs write them, described by a format such as `dd.MM.yyyy HH:mm:ss,SSS` (the letters of Unicode's
 * date field symbols, as Java and many others use them). A time without an offset is taken for UTC.
 */

/** Reads a time: milliseconds since 1970, or undefined if the text is not one. */
export type TimeReader = (text: string) => number | undefined;

/** Formats that are known by name. */
const NAMED: Readonly<Record<string, TimeReader>> = {
  rfc3339: (text) => {
    const isTime = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/.test(text);
    return isTime ? toTime(Date.parse(text.replace(',', '.').replace(' ', 'T'))) : undefined;
  },
  epochMs: (text) => (/^\d{1,15}$/.test(text) ? toTime(Number(text)) : undefined),
  epochSeconds: (text) => (/^\d{1,12}(?:\.\d+)?$/.test(text) ? toTime(Math.round(Number(text) * 1_000)) : undefined),
};

const TOKENS = {
  yyyy: String.raw`(?<yyyy>\d{4})`,
  MM: String.raw`(?<MM>\d{2})`,
  dd: String.raw`(?<dd>\d{2})`,
  HH: String.raw`(?<HH>\d{2})`,
  mm: String.raw`(?<mm>\d{2})`,
  ss: String.raw`(?<ss>\d{2})`,
  SSS: String.raw`(?<SSS>\d{3})`,
  XXX: String.raw`(?<XXX>Z|[+-]\d{2}:\d{2})`,
} as const;

type Token = keyof typeof TOKENS;

const NEEDED: readonly Token[] = ['yyyy', 'MM', 'dd', 'HH', 'mm', 'ss'];

/** Makes the reader for a format. Throws an Error that says what the format lacks or has too much. */
export function compileTimeFormat(format: string): TimeReader {
  if (Object.hasOwn(NAMED, format)) return NAMED[format] as TimeReader;
  const seen = new Set<string>();
  let pattern = '';
  for (const [part] of format.matchAll(/'[^']*'|[A-Za-z]+|[^A-Za-z']/g)) {
    if (part.startsWith("'") || !/^[A-Za-z]/.test(part)) {
      pattern += escapeRegExp(part.replaceAll("'", ''));
      continue;
    }
    for (const [letters] of part.matchAll(/(?<letter>[A-Za-z])\k<letter>*/g)) {
      if (!Object.hasOwn(TOKENS, letters)) {
        const known = [...Object.keys(TOKENS), ...Object.keys(NAMED)].join(', ');
        throw new Error(
          `"${letters}" in the time format "${format}" is not known; known are ${known} and 'quoted text'`,
        );
      }
      if (seen.has(letters)) throw new Error(`"${letters}" is twice in the time format "${format}"`);
      seen.add(letters);
      pattern += TOKENS[letters as Token];
    }
  }
  const missing = NEEDED.filter((token) => !seen.has(token));
  if (missing.length > 0) throw new Error(`the time format "${format}" lacks ${missing.join(', ')}`);
  const regExp = new RegExp(`^${pattern}$`);
  return (text) => readParts(regExp.exec(text)?.groups);
}

function readParts(groups: Partial<Record<string, string>> | undefined): number | undefined {
  if (groups === undefined) return undefined;
  const part = (token: Token): string => groups[token] ?? '';
  const wall = `${part('yyyy')}-${part('MM')}-${part('dd')}T${part('HH')}:${part('mm')}:${part('ss')}`;
  const asUtc = Date.parse(`${wall}Z`);
  // Date.parse makes the 31st of February the 3rd of March, and 24:00 the next day: neither is what was written.
  if (Number.isNaN(asUtc) || new Date(asUtc).toISOString().slice(0, 19) !== wall) return undefined;
  return toTime(Date.parse(`${wall}.${groups['SSS'] ?? '000'}${groups['XXX'] ?? 'Z'}`));
}

function toTime(milliseconds: number): number | undefined {
  return Number.isNaN(new Date(milliseconds).getTime()) ? undefined : milliseconds;
}

function escapeRegExp(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
}
