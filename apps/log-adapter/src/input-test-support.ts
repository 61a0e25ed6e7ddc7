/** For the tests of an input: one log, and the lines that were written to it. */
import { appendFile } from 'node:fs/promises';
import { onTestFinished } from 'vitest';
import { startInput, type StartOptions, type Started } from './input-harness.ts';
import { createWorkspace, until } from './test-support.ts';

/** Starts an input, which ends with the test. */
export function start(path: string, options?: StartOptions): Started {
  const started = startInput(path, options);
  onTestFinished(() => started.input.stop());
  return started;
}

/** Writes numbered lines; the ledger of what has to come out. */
export function createLedger(path: string) {
  let next = 0;
  const written: string[] = [];
  const take = (count: number): string => {
    const lines = Array.from({ length: count }, () => `line ${(next += 1)}`);
    written.push(...lines);
    return `${lines.join('\n')}\n`;
  };
  return { written, take, write: (count: number) => appendFile(path, take(count)) };
}

export const has = (started: Started, ledger: { readonly written: readonly string[] }): Promise<void> =>
  until(
    () => started.events.length >= ledger.written.length,
    () => `${started.events.length} of ${ledger.written.length} events`,
  );

export async function createLog(options?: StartOptions) {
  const { logFile } = await createWorkspace();
  const ledger = createLedger(logFile);
  return { logFile, ledger, started: start(logFile, options) };
}
