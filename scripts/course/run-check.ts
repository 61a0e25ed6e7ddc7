/** Looking at the cluster for one check, once or until it is as asked for. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describeError } from '../../apps/runtime/src/errors.ts';
import type { Check, CourseCluster, Verdict } from './lesson.ts';

const INTERVAL_MS = 500;

/** Looks once. What cannot be looked at is not done yet: the message says what was in the way. */
export async function runCheck(check: Check, cluster: CourseCluster): Promise<Verdict> {
  try {
    return await check.look(cluster);
  } catch (error) {
    cluster.signal.throwIfAborted();
    return {
      state: 'not-yet',
      reason: `it cannot be looked at: ${describeError(error)}`,
      next: 'See whether the Pods run: npm run status',
    };
  }
}

/** Looks again and again until the verdict is accepted or the time is over; returns the last verdict. */
export async function runCheckUntil(
  check: Check,
  cluster: CourseCluster,
  { accepts, timeoutMs }: { readonly accepts: (verdict: Verdict) => boolean; readonly timeoutMs: number },
): Promise<Verdict> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const verdict = await runCheck(check, cluster);
    if (accepts(verdict) || performance.now() > deadline) return verdict;
    await sleep(INTERVAL_MS, undefined, { signal: cluster.signal });
  }
}
