/**
 * Takes secrets out of everything that is written: by the name of a key, and by what a text looks like wherever it is.
 * Lines without a word that secrets come with are not looked at any further.
 */
import { createHmac, randomBytes } from 'node:crypto';
import type { AdapterConfig } from './config.ts';
import { MAX_JSON_DEPTH, parseJson } from './json-value.ts';
import { lineScanner } from './line-traits.ts';
import { isCardNumber, isSecretName, SECRET_PATTERNS } from './secrets.ts';
import { SUSPECT } from './text-scanner.ts';

export type RedactConfig = AdapterConfig['redact'];

const MAX_KNOWN_NAMES = 1_000;

export class Redactor {
  /** Every text has to be looked at, because the configuration adds names or patterns. */
  readonly looksAtAll: boolean;
  readonly #keys: readonly RegExp[];
  readonly #patterns: readonly RegExp[];
  readonly #mask: (secret: string) => string;
  readonly #knownNames = new Map<string, boolean>();

  constructor({ mode, keys, patterns }: RedactConfig) {
    this.#keys = keys;
    this.#patterns = patterns.map(({ source }) => new RegExp(source, 'g'));
    this.looksAtAll = patterns.length > 0 || keys.length > 0;
    this.#mask = mode === 'hash' ? createHashMask() : () => '[redacted]';
  }

  /** What stands in the place of a secret. */
  mask(secret: string): string {
    return this.#mask(secret);
  }

  /** Whether what has this name is a secret, by the built-in list or one of the configuration. */
  isSecretName(name: string): boolean {
    const known = this.#knownNames.get(name);
    if (known !== undefined) return known;
    const spellings = [name, name.toLowerCase()];
    const isSecret = isSecretName(name) || this.#keys.some((key) => spellings.some((spelling) => key.test(spelling)));
    if (this.#knownNames.size < MAX_KNOWN_NAMES && name.length <= 64) this.#knownNames.set(name, isSecret);
    return isSecret;
  }

  /** A text without its secrets. */
  text(text: string): string {
    return this.#text(text, 0);
  }

  /** A value of JSON without its secrets, its keys included. */
  value(value: unknown, depth = 0): unknown {
    if (typeof value === 'string') return this.#text(value, depth);
    if (typeof value === 'number') return isCardNumber(String(value)) ? this.#mask(String(value)) : value;
    if (typeof value !== 'object' || value === null) return value;
    if (depth >= MAX_JSON_DEPTH) return this.#mask('');
    if (Array.isArray(value)) return value.map((item, index) => this.#item(value, item, index, depth));
    // { "name": "password", "value": "..." }
    const { name, key } = value as { readonly name?: unknown; readonly key?: unknown };
    const isPair = [name, key].some((label) => typeof label === 'string' && this.isSecretName(label));
    const clean = Object.entries(value).map(([property, inner]: [string, unknown]) => {
      const isSecret = this.isSecretName(property) || (isPair && property === 'value');
      return [this.#text(property, depth), isSecret ? this.#whole(inner) : this.value(inner, depth + 1)];
    });
    return Object.fromEntries(clean);
  }

  /** The value after a name: all of it if the name is that of a secret, else its secrets. */
  valueOf(name: string, text: string): string {
    return this.isSecretName(name) ? this.#mask(text) : this.text(text);
  }

  /** An item after the name of a secret: `["Authorization", "..."]`. */
  #item(array: readonly unknown[], item: unknown, index: number, depth: number): unknown {
    const before: unknown = array[index - 1];
    const isSecret =
      typeof before === 'string' && before.length <= 64 && !/\s/.test(before) && this.isSecretName(before);
    return isSecret && typeof item === 'string' ? this.#mask(item) : this.value(item, depth + 1);
  }

  /** True, false and null are no secrets. */
  #whole(value: unknown): unknown {
    if (typeof value === 'boolean' || value === null) return value;
    return this.#mask(typeof value === 'string' ? value : JSON.stringify(value));
  }

  #text(text: string, depth: number): string {
    // Of a line with a suspicious word, most texts are without one.
    if (!this.looksAtAll && (lineScanner.text(text) & SUSPECT) === 0) return text;
    const nested = depth < MAX_JSON_DEPTH && /^\s*[[{]/.test(text) ? readJson(text) : undefined;
    let clean = nested === undefined ? text : this.#nested(text, nested, depth);
    for (const { apply } of SECRET_PATTERNS) clean = apply(clean, this.#mask);
    for (const pattern of this.#patterns) clean = clean.replaceAll(pattern, this.#mask);
    return clean;
  }

  /** JSON in a text keeps its spelling if there is nothing to hide. */
  #nested(text: string, nested: object, depth: number): string {
    const before = JSON.stringify(nested);
    const after = JSON.stringify(this.value(nested, depth + 1));
    return before === after ? text : after;
  }
}

function readJson(text: string): object | undefined {
  try {
    const value = parseJson(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Equal secrets look equal, in this run of the program only. */
function createHashMask(): (secret: string) => string {
  const salt = randomBytes(32);
  return (secret) => `[redacted:${createHmac('sha256', salt).update(secret).digest('hex').slice(0, 12)}]`;
}
