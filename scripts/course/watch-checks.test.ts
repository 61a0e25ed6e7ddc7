import { expect, test } from 'vitest';
import type { Check, CourseCluster, Verdict } from './lesson.ts';
import { watchChecks } from './watch-checks.ts';

const passed: Verdict = { state: 'passed', seen: 'it' };
const notYet: Verdict = { state: 'not-yet', reason: 'waiting', next: 'wait' };

/** Gives its verdicts one after the other; a look too many is an error, which would show. */
function scripted(id: string, ...verdicts: Verdict[]): Check {
  return {
    id,
    task: 'Do it.',
    look() {
      const verdict = verdicts.shift();
      return verdict === undefined ? Promise.reject(new Error('looked at once more')) : Promise.resolve(verdict);
    },
  };
}

test('tells each verdict that is news, leaves alone what has passed, and ends when all have', async () => {
  const checks = [scripted('a', notYet, notYet, passed), scripted('b', passed)];
  const told: string[] = [];
  const cluster = { signal: new AbortController().signal } as CourseCluster;
  const looks = await watchChecks(checks, cluster, async ({ check, verdict }) => {
    told.push(`${check.id} ${verdict.state}`);
    await Promise.resolve();
  });
  expect(told).toEqual(['a not-yet', 'b passed', 'a passed']);
  expect(looks.map(({ verdict }) => verdict.state)).toEqual(['passed', 'passed']);
});

test('ends when it is interrupted', async () => {
  const interrupt = new AbortController();
  const cluster = { signal: interrupt.signal } as CourseCluster;
  const watching = watchChecks([scripted('a', notYet)], cluster, async () => {
    await Promise.resolve();
    interrupt.abort();
  });
  await expect(watching).rejects.toThrow(/abort/i);
});
