/**
 * The log: lines in the layout that many Java programs have, in a file that is put aside when it is full
 * (logback: `%d %-5level [%thread] %logger [%X] - %msg%n%ex` with a rolling file of fixed names).
 */
import { appendFileSync, chmodSync, renameSync, rmSync, statSync } from 'node:fs';
import { printStackTrace, type Throwable } from './throwable.ts';

export type Level = 'DEBUG' | 'INFO' | 'WARN' | 'ERROR';

/** Values that are the same for everything that is done for one import (mapped diagnostic context). */
export type Context = Readonly<Record<string, string | number>>;

export interface LogEvent {
  readonly level: Level;
  readonly thread: string;
  readonly logger: string;
  readonly context?: Context;
  readonly message: string;
  /** Values, each on a line of its own below the message. */
  readonly values?: Readonly<Record<string, string | number>>;
  readonly error?: Throwable;
}

export interface RollingLogSettings {
  readonly logFile: string;
  readonly logMaxBytes: number;
  readonly logKeep: number;
}

export type WriteLog = (event: LogEvent) => void;

/** Readable by the group, because whoever collects the log runs as another user of the same group. */
const FILE_MODE = 0o640;

/** Throws if the file cannot be written; an event is never split over two files. */
export function createRollingLog({ logFile, logMaxBytes, logKeep }: RollingLogSettings, now: () => Date): WriteLog {
  let sizeBytes = statSync(logFile, { throwIfNoEntry: false })?.size ?? 0;
  return (event) => {
    const text = formatEvent(event, now());
    const bytes = Buffer.byteLength(text);
    if (sizeBytes > 0 && sizeBytes + bytes > logMaxBytes) {
      putAside(logFile, logKeep);
      sizeBytes = 0;
    }
    appendFileSync(logFile, text, { mode: FILE_MODE });
    // Whatever the umask says.
    if (sizeBytes === 0) chmodSync(logFile, FILE_MODE);
    sizeBytes += bytes;
  };
}

/** The text of one event; line ends in what comes from outside become spaces, so that no value begins a line. */
export function formatEvent(event: LogEvent, time: Date): string {
  const stamp = time.toISOString().replace('T', ' ').replace('.', ',').slice(0, 23);
  const context = Object.entries(event.context ?? {}).map(([key, value]) => `${key}=${oneLine(value)}`);
  const head = `${stamp} ${event.level.padEnd(5)} [${event.thread}] ${event.logger} [${context.join(' ')}]`;
  const values = Object.entries(event.values ?? {}).map(([key, value]) => `\t${key}=${oneLine(value)}`);
  const trace = event.error === undefined ? [] : printStackTrace(event.error).map(oneLine);
  return `${[`${head} - ${oneLine(event.message)}`, ...values, ...trace].join('\n')}\n`;
}

function oneLine(value: string | number): string {
  return String(value).replaceAll(/[\r\n]/g, ' ');
}

function putAside(file: string, keep: number): void {
  rmSync(`${file}.${keep}`, { force: true });
  for (let number = keep - 1; number >= 0; number -= 1) {
    const from = number === 0 ? file : `${file}.${number}`;
    if (statSync(from, { throwIfNoEntry: false }) !== undefined) renameSync(from, `${file}.${number + 1}`);
  }
}
