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

test('Services are reachable after kube-proxy was started again, which reads its rules back', async () => {
  const { host } = await testEngine();
  const { core, urls } = await connectToKit();
  const query = { namespace: 'kube-system', labelSelector: 'k8s-app=kube-proxy' };
  const uids = async () => (await core.listNamespacedPod(query)).items.map(({ metadata }) => metadata?.uid);
  const before = await uids();
  await core.deleteCollectionNamespacedPod(query);
  const firstSync = /^kubeproxy_sync_proxy_rules_last_timestamp_seconds\{[^}]*IPv4[^}]*\} (\S+)$/m;
  const url = 'http://127.0.0.1:10249/metrics';
  const read = ['exec', NODE, 'sh', '-c', `curl -sf ${url} || busybox wget -qO- ${url}`];
  await expect
    .poll(
      async () => {
        const now = await uids();
        const isNew = now.length === 1 && !before.includes(now[0]);
        const { stdout } = await host.attempt('docker', read);
        return isNew && Number(firstSync.exec(stdout)?.[1] ?? 0) > 0;
      },
      { timeout: 60_000 },
    )
    .toBe(true);
  const response = await fetch(`${urls['sidecar']}/`, { signal: AbortSignal.timeout(5_000) });
  expect(response.status).toBe(200);
});

test('a node that is dead is replaced, and the kit is back', { timeout: 600_000 }, async () => {
  const { host } = await testEngine();
  await host.run('docker', ['stop', '--time', '1', NODE]);
  const result = await runUp();
  expect(result.cluster.created).toBe(true);
  expect(result.images.filter(({ built }) => built)).toEqual([]);
  expect(result.findings).toHaveLength(5);
});
