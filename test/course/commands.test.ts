/** learn, check and break as they are typed, on the running kit; what somebody has done of the course before is kept. */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cacheFolder } from '../../scripts/host/cache-folder.ts';
import { testEngine } from '../support/engine.ts';
import { connectToKit, runScript } from '../support/kit.ts';

const file = join(cacheFolder(process.env), 'course.json');
let before: string | undefined;

beforeAll(async () => {
  before = await readFile(file, 'utf8').catch(() => undefined);
  await rm(file, { force: true });
});

afterAll(async () => {
  await (before === undefined ? rm(file, { force: true }) : writeFile(file, before));
});

/** Of the kit's only node. */
async function nodeTaints(): Promise<string[]> {
  const { core } = await connectToKit();
  const { items } = await core.listNode();
  return (items[0]?.spec?.taints ?? []).map(({ key }) => key);
}

test('the reset of the course takes away what a lesson has done to the node', async () => {
  const { host } = await testEngine();
  const kubectl = ['exec', 'pod-patterns-control-plane', 'kubectl', '--kubeconfig', '/etc/kubernetes/admin.conf'];
  const node = 'pod-patterns-control-plane';
  await host.run('docker', [...kubectl, 'taint', 'node', node, 'reserved=training:NoSchedule']);
  await host.run('docker', [...kubectl, 'cordon', node]);
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
