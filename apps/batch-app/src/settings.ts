/** The settings file: one `key=value` a line, comments after `#`. */
import { readFile } from 'node:fs/promises';

export interface Settings {
  readonly logFile: string;
  /** A log file that would grow beyond this is put aside first. */
  readonly logMaxBytes: number;
  /** How many files that were put aside are kept. */
  readonly logKeep: number;
  /** How long it waits between two imports. */
  readonly everySeconds: number;
  /** 0 for any port that is free. */
  readonly serverPort: number;
}

const DEFAULTS: Readonly<Record<string, string>> = {
  'log.file': '/var/log/batch-app/batch.log',
  'log.max-bytes': '65536',
  'log.keep': '3',
  'import.every-seconds': '5',
  'server.port': '8080',
};

/** Reads and checks the file. Throws an Error that names the file and what is wrong in it. */
export async function readSettings(file: string): Promise<Settings> {
  return parseSettings(file, await readFile(file, 'utf8'));
}

/** As readSettings, for a text that was read already; `file` only appears in errors. */
export function parseSettings(file: string, text: string): Settings {
  const values = new Map(Object.entries(DEFAULTS));
  for (const [index, line] of text.split('\n').entries()) {
    if (/^\s*(?:#|$)/.test(line)) continue;
    const { key = '', value = '' } = /^\s*(?<key>[^=\s]+)\s*=\s*(?<value>.*?)\s*$/.exec(line)?.groups ?? {};
    if (!values.has(key)) {
      const known = Object.keys(DEFAULTS).join(', ');
      throw new Error(`${file}:${index + 1}: "${line.trim()}" sets none of ${known}`);
    }
    values.set(key, value);
  }
  const integer = (key: string, min: number, max: number): number => {
    const value = values.get(key) ?? '';
    const number = Number(value);
    if (/^\d+$/.test(value) && number >= min && number <= max) return number;
    throw new Error(`${file}: ${key} must be a whole number from ${min} to ${max}, not "${value}"`);
  };
  return {
    logFile: values.get('log.file') ?? '',
    logMaxBytes: integer('log.max-bytes', 1_024, 1_073_741_824),
    logKeep: integer('log.keep', 1, 99),
    everySeconds: integer('import.every-seconds', 1, 3_600),
    serverPort: integer('server.port', 0, 65_535),
  };
}
