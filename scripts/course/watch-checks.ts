/** Looking at several checks until all have passed. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Check, CourseCluster, Verdict } from './lesson.ts';
import { runCheck } from './run-check.ts';

const INTERVAL_MS = 1_000;

/** What one look at a check has found. */
export interface Look {
  readonly check: Check;
  readonly verdict: Verdict;
}

/** Looks at all of them once, at the same time. */
export function lookAtAll(checks: readonly Check[], cluster: CourseCluster): Promise<Look[]> {
  return Promise.all(checks.map(async (check) => ({ check, verdict: await runCheck(check, cluster) })));
}

/** Ends when all have passed, or throws when the cluster's signal aborts. One that has passed is not looked at again. */
export async function watchChecks(
  checks: readonly Check[],
  cluster: CourseCluster,
  /** Told of the first verdicts, and of each that is another than before. */
  onChange: (look: Look) => Promise<void>,
): Promise<Look[]> {
  const last = new Map<Check, Verdict>();
  for (;;) {
    for (const look of await lookAtAll(
      checks.filter((check) => last.get(check)?.state !== 'passed'),
      cluster,
    )) {
      const isNews = !isDeepStrictEqual(last.get(look.check), look.verdict);
      last.set(look.check, look.verdict);
      if (isNews) await onChange(look);
    }
    const looks = [...last].map(([check, verdict]) => ({ check, verdict }));
    if (looks.every(({ verdict }) => verdict.state === 'passed')) return looks;
    await sleep(INTERVAL_MS, undefined, { signal: cluster.signal });
  }
}
