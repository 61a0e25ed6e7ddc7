/** A cluster that is there but dead is made anew; one that only restarts is waited for. */
import { expect, test } from 'vitest';
import { connectToKit, runUp } from '../support/kit.ts';
import { testEngine } from '../support/engine.ts';

const NODE = 'pod-patterns-control-plane';

test('a node that was restarted comes back with everything on it', { timeout: 600_000 }, async () => {
  const { host } = await testEngine();
  const { pods } = await connectToKit();
  const before = await pods.podName('git-server');
  await host.run('docker', ['restart', NODE]);
  const result = await runUp();
  expect(result.cluster.created).toBe(false);
  expect(result.objects.filter(({ action }) => action !== 'unchanged')).toEqual([]);
  expect(await pods.podName('git-server')).toBe(before);
});

test('a node that is dead is replaced, and the kit is back', { timeout: 600_000 }, async () => {
  const { host } = await testEngine();
  await host.run('docker', ['stop', '--time', '1', NODE]);
  const result = await runUp();
  expect(result.cluster.created).toBe(true);
  expect(result.images.filter(({ built }) => built)).toEqual([]);
  expect(result.findings).toHaveLength(5);
});
