/** Waiting for something to become true, with a deadline and the last reason why it was not. */
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, describeError } from '../../apps/runtime/src/errors.ts';

export interface PollOptions {
  /** What is waited for, as the end of the sentence «waited … for». */
  readonly what: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

const INTERVAL_MS = 250;

/** Calls `attempt` until it does not throw and returns its result; afterwards the last error is the cause of VERIFY_FAILED. */
export async function poll<Result>(
  { what, timeoutMs, signal }: PollOptions,
  attempt: () => Promise<Result>,
): Promise<Result> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    signal.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > deadline) {
        throw new AppError(
          'VERIFY_FAILED',
          `waited ${timeoutMs / 1000} s for ${what}: ${describeError(error)}`,
          'npm run status shows the Pods; kubectl -n pod-patterns logs shows what they say.',
          { cause: error },
        );
      }
    }
    await sleep(INTERVAL_MS, undefined, { signal });
  }
}

/** Throws with both values unless they are equal. */
export function expectEqual(what: string, actual: unknown, expected: unknown): void {
  if (!Object.is(actual, expected)) {
    throw new Error(`${what} is ${JSON.stringify(actual)}, not ${JSON.stringify(expected)}`);
  }
}

/** Throws unless the text contains the part. */
export function expectContains(what: string, actual: string | null | undefined, part: string): void {
  if (!actual?.includes(part))
    throw new Error(`${what} is ${JSON.stringify(actual ?? null)}, without ${JSON.stringify(part)}`);
}
