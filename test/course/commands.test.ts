/** learn, check and break as they are typed, on the running kit; what somebody has done of the course before is kept. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runningCluster } from '../../scripts/cli/connection.ts';
import { runKubectlScript } from '../../scripts/course/node-kubectl.ts';
import { openCourse } from '../../scripts/course/open-course.ts';
import { cacheFolder } from '../../scripts/host/cache-folder.ts';
import { createHost } from '../../scripts/host/host.ts';
import { connectToKit, runScript } from '../support/kit.ts';
import { root } from '../support/root.ts';

const file = join(cacheFolder(process.env), 'course.json');
let before: string | undefined;

beforeAll(async () => {
  before = await readFile(file, 'utf8').catch(() => undefined);
  await rm(file, { force: true });
});

afterAll(async () => {
  await (before === undefined ? rm(file, { force: true }) : writeFile(file, before));
});

test('the reset of the course takes away what a lesson has done to the node', async () => {
  const { signal } = new AbortController();
  await using open = await openCourse(await runningCluster(createHost(process.env, signal), root), signal);
  const { core } = await connectToKit();
  const nodeTaints = async () =>
    (await core.listNode()).items.flatMap(({ spec }) => (spec?.taints ?? []).map(({ key }) => key));
  await runKubectlScript(
    open.course,
    'kubectl taint nodes --all reserved=training:NoSchedule; kubectl cordon pod-patterns-control-plane',
  );
  expect(await nodeTaints()).toContain('reserved');
  expect((await runScript('learn', ['--reset'])).stderr).not.toContain('error');
  await expect.poll(nodeTaints).toEqual([]);
});

test('a fault is planted, looked at, told, and gone with the reset of the course', async () => {
  expect((await runScript('break', ['--solution'])).exitCode).toBe(2);
  const planted = await runScript('break', ['7', '--json']);
  expect(JSON.parse(planted.stdout)).toMatchObject({ ok: true, fault: { number: 7, namespace: 'break-7' } });

  const checked = await runScript('check', ['--json']);
  expect({ exitCode: checked.exitCode, ...(JSON.parse(checked.stdout) as object) }).toMatchObject({
    exitCode: 5,
    title: 'Fault 7, in the namespace break-7',
    checks: [{ id: 'fault-7', state: 'not-yet' }],
  });
  const lesson = await runScript('check', ['1']);
  expect(lesson.stdout).toMatch(/^Lesson 1: .*\n· Let the helper .*\n.*\n? {4}not yet: it cannot be looked at/);
  expect((await runScript('break', ['--solution'])).stdout).toContain('app=store');

  const reset = await runScript('learn', ['--reset', '--json']);
  expect(reset.stderr).not.toContain('error');
  expect(JSON.parse(reset.stdout)).toMatchObject({ ok: true, removed: ['break-7'] });
  expect((await runScript('learn')).stdout).toMatch(/^▸ {2}0 /);
});
