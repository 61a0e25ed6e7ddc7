/**
 * The settings file: one `key = value` a line, comments after `;` or `#` at the start of a line. There is no other
 * way to set anything, and a fault is reported with the line it stands on.
 */
import { readFile } from 'node:fs/promises';

export interface Settings {
  readonly greeting: string;
  /** Path of the product list on the catalog server. */
  readonly catalogPath: string;
  readonly logFile: string;
  /** A log file that would grow beyond this is put aside first. */
  readonly logRotateBytes: number;
  /** How many files that were put aside are kept. */
  readonly logKeep: number;
  readonly heartbeatSeconds: number;
}

/** What is wrong with the settings; the message begins with `FILE:LINE: `, or `FILE: ` where no line is at fault. */
export class SettingsError extends Error {
  static {
    this.prototype.name = this.name;
  }
}

/** Reads and checks the file. Throws a SettingsError. */
export async function readSettings(file: string): Promise<Settings> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new SettingsError(`${file}: cannot be read: ${(error as Error).message}`, { cause: error });
  }
  return parseSettings(file, text);
}

/** As readSettings, for a text that was read already; `file` only appears in errors. */
export function parseSettings(file: string, text: string): Settings {
  const entries = parseEntries(file, text);
  const value = (key: Key): string => entries.get(key)?.value ?? DEFAULTS[key];
  const integer = (key: Key, min: number, max: number): number => {
    const number = Number(value(key));
    if (/^\d+$/.test(value(key)) && number >= min && number <= max) return number;
    const line = entries.get(key)?.line ?? 0;
    throw new SettingsError(
      `${file}:${line}: ${key} must be a whole number from ${min} to ${max}, not "${value(key)}"`,
    );
  };
  const path = (key: Key): string => {
    if (value(key).startsWith('/')) return value(key);
    const line = entries.get(key)?.line ?? 0;
    throw new SettingsError(`${file}:${line}: ${key} must begin with "/", not "${value(key)}"`);
  };
  return {
    greeting: value('greeting'),
    catalogPath: path('catalog.path'),
    logFile: path('log.file'),
    logRotateBytes: integer('log.rotate-bytes', 1_024, 1_073_741_824),
    logKeep: integer('log.keep', 1, 99),
    heartbeatSeconds: integer('heartbeat.seconds', 1, 3_600),
  };
}

const DEFAULTS = {
  greeting: 'Good day',
  'catalog.path': '/products.json',
  'log.file': '/var/log/legacy-app/legacy.log',
  'log.rotate-bytes': '65536',
  'log.keep': '3',
  'heartbeat.seconds': '5',
};

type Key = keyof typeof DEFAULTS;

interface Entry {
  readonly line: number;
  readonly value: string;
}

function parseEntries(file: string, text: string): Map<Key, Entry> {
  const entries = new Map<Key, Entry>();
  for (const [index, raw] of text.split('\n').entries()) {
    const line = index + 1;
    const content = raw.trim();
    if (content === '' || content.startsWith(';') || content.startsWith('#')) continue;
    const separator = content.indexOf('=');
    if (separator < 1) throw new SettingsError(`${file}:${line}: expected "key = value", found "${content}"`);
    const key = content.slice(0, separator).trim();
    const value = content.slice(separator + 1).trim();
    if (!isKey(key)) {
      throw new SettingsError(
        `${file}:${line}: unknown setting "${key}"; known are ${Object.keys(DEFAULTS).join(', ')}`,
      );
    }
    const earlier = entries.get(key);
    if (earlier !== undefined) {
      throw new SettingsError(`${file}:${line}: ${key} is set a second time, first on line ${earlier.line}`);
    }
    if (value === '') throw new SettingsError(`${file}:${line}: ${key} has no value`);
    entries.set(key, { line, value });
  }
  return entries;
}

function isKey(key: string): key is Key {
  return Object.hasOwn(DEFAULTS, key);
}
