/** The program that writes the log, as the campaigns hold it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export interface WriterOptions {
  readonly logFile: string;
  /** After so many lines at most, and half of them at least, the log is rotated; 0 for never. */
  readonly rotateLines: number;
  /** Files that were put aside and are kept; 0 for all. */
  readonly keepFiles: number;
  readonly seed: number;
}

export interface Writer extends AsyncDisposable {
  /** Lines that are in the log, as far as it has told. */
  readonly written: number;
  readonly rotations: number;
  /** Lets it write up to this many lines; the numbers begin at 0. */
  allow(lines: number): void;
  /** Resolves when it has written all that it was allowed to. */
  done(): Promise<void>;
}

export function startWriter({ logFile, rotateLines, keepFiles, seed }: WriterOptions): Writer {
  const program = new URL('writer-main.ts', import.meta.url).pathname;
  const args = [program, logFile, String(rotateLines), String(keepFiles), String(seed)];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const closed = once(child, 'close');
  let [written, rotations, allowed] = [0, 0, 0];
  let check: () => void = () => undefined;
  createInterface({ input: child.stdout }).on('line', (line) => {
    [written = 0, rotations = 0] = line.split(' ').map(Number);
    check();
  });
  return {
    get written() {
      return written;
    },
    get rotations() {
      return rotations;
    },
    allow(lines) {
      allowed = Math.max(allowed, lines);
      child.stdin.write(`${lines}\n`);
    },
    async done() {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      check = () => (written >= allowed ? resolve() : undefined);
      child.once('close', () => reject(new Error(`the writer ended after ${written} of ${allowed} lines`)));
      check();
      await promise;
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await closed;
    },
  };
}
