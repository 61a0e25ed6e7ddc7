/** How long to wait after failures in a row: doubled each time up to a limit, and a random part of it left out. */
export interface BackoffOptions {
  /** The wait after one failure, in milliseconds. */
  readonly baseMs: number;
  /** How many failures there were in a row, from 1. */
  readonly failures: number;
  /** A number from 0 up to 1, such as Math.random. */
  readonly random: () => number;
}

const LONGEST_MS = 60_000;

/**
 * Milliseconds between half of the doubled wait and the whole of it, so that the helpers of many Pods do not all come
 * back in the same instant to a server that was away. Never longer than a minute, or `baseMs` if that is more.
 */
export function backoffMs({ baseMs, failures, random }: BackoffOptions): number {
  const limitMs = Math.max(baseMs, LONGEST_MS);
  const fullMs = Math.min(limitMs, baseMs * 2 ** Math.min(failures - 1, 30));
  return fullMs * (0.5 + random() / 2);
}
