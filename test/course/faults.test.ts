/**
 * Every fault of `npm run break`: planted, named by what the learner asks (explain, or else check), repaired by its
 * reference commands, and seen to be mended. All at once, because nearly all of it is waiting.
 */
import { afterAll, beforeAll, expect, test, type ExpectStatic } from 'vitest';
import { describeError } from '../../apps/runtime/src/errors.ts';
import { runningCluster } from '../../scripts/cli/connection.ts';
import { faultNamespace, type Fault } from '../../scripts/course/faults/fault.ts';
import { FAULTS } from '../../scripts/course/faults/faults.ts';
import { plantFault, removeFaults } from '../../scripts/course/faults/plant.ts';
import type { Verdict } from '../../scripts/course/lesson.ts';
import { openCourse, type OpenCourse } from '../../scripts/course/open-course.ts';
import { explainNamespace } from '../../scripts/deploy/explain-namespace.ts';
import { createHost } from '../../scripts/host/host.ts';
import { root } from '../support/root.ts';
import { startBash } from './play/bash-session.ts';

/** What explain has to say of each, by its number: code and words; of the others check says it. */
const EXPLAINED: Readonly<Record<number, RegExp>> = {
  1: /ErrImageNeverPull .*pod-patterns\/ngnix:dev/,
  2: /CreateContainerConfigError .*key title/,
  3: /Unschedulable .*break-it=maintenance:NoSchedule/,
  4: /FailedCreate .*exceeded quota: budget/,
  5: /NotReady .*404/,
  6: /PortNotDeclared .*port 8080.*8081/,
  7: /SelectsNoPods .*app=store.*app=shop/,
  8: /(CrashLoopBackOff|ContainerEnded|Restarting) .*unknown directive "listn"/,
  9: /Unschedulable .*"orders" not found/,
  13: /OOMKilled/,
};
const CHECKED: Readonly<Record<number, RegExp>> = {
  10: /Tea is 6\.40.*subPath/,
  11: /UID 10001 to UID 65533.*(not permitted|Permission)/,
  12: /No space left on device/,
};

/** A crash loop has its reason only after some restarts. */
const SEEN_MS = 120_000;

let open: OpenCourse;
const { signal } = new AbortController();

beforeAll(async () => {
  open = await openCourse(await runningCluster(createHost(process.env, signal), root), signal);
  await removeFaults(open.client, signal);
});

afterAll(async () => {
  await removeFaults(open.client, signal);
  await open[Symbol.asyncDispose]();
});

/** As check does it: what cannot be looked at is not mended. */
async function look(fault: Fault): Promise<Verdict> {
  try {
    return await fault.look(open.course, faultNamespace(fault));
  } catch (error) {
    return { state: 'not-yet', reason: describeError(error), next: '' };
  }
}

/** What the learner can read of it. */
async function diagnosis(fault: Fault): Promise<string> {
  if (Object.hasOwn(CHECKED, fault.number)) {
    const verdict = await look(fault);
    return verdict.state === 'passed' ? `passed: ${verdict.seen}` : verdict.reason;
  }
  const { problems } = await explainNamespace(open.client, { namespace: faultNamespace(fault), name: undefined });
  return problems.map(({ code, reason, logTail = [] }) => `${code} ${reason} ${logTail.join(' ')}`).join('; ');
}

/** `expect` is the test's own, because they go on at once. */
async function playFault(fault: Fault, expect: ExpectStatic): Promise<void> {
  await plantFault(open.client, fault, signal);
  const named = EXPLAINED[fault.number] ?? CHECKED[fault.number] ?? /^$/;
  await expect.poll(() => diagnosis(fault), { timeout: SEEN_MS, interval: 1_000 }).toMatch(named);
  expect((await look(fault)).state).toBe('not-yet');
  await using bash = await startBash(root);
  const repair = `eval "$(npm run -s env)"\n${fault.repair(faultNamespace(fault))}`;
  expect(await bash.run(repair, SEEN_MS)).toMatchObject({ exitCode: 0, failures: [] });
  await expect.poll(() => look(fault), { timeout: SEEN_MS, interval: 1_000 }).toMatchObject({ state: 'passed' });
}

// A tainted node would keep the Pods of the others away.
const TAINTED = 3;
const others = FAULTS.filter(({ number }) => number !== TAINTED);

test('there are at least twelve, numbered from 1 without a gap', () => {
  const numbers = FAULTS.map(({ number }) => number);
  expect(numbers).toEqual(numbers.map((_, index) => index + 1));
  expect(numbers.length).toBeGreaterThanOrEqual(12);
});

test.concurrent.for(others)('fault $number: $symptom', async (fault, { expect }) => {
  await playFault(fault, expect);
  expect((await look(fault)).state).toBe('passed');
});

test.each(FAULTS.filter(({ number }) => number === TAINTED))('fault $number: $symptom', async (fault) => {
  await playFault(fault, expect);
  expect((await look(fault)).state).toBe('passed');
});
