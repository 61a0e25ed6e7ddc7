import { expect, test, vi } from 'vitest';
import { startFakeApiServer, type FakeApiServer } from '../../test/support/fake-api-server.ts';
import { createKubeClient } from './kube-client.ts';
import { refOf } from './object-ref.ts';
import { makeProblem } from './problem.ts';
import { makeDeployment, makePod, makeReplicaSet, UNREADY, waiting, type ContainerParts } from './testing/objects.ts';
import { createPatience, waitUntilReady, type WaitOptions, type WaitProgress } from './wait.ts';

const ready = makeDeployment('shop');
const unready = makeDeployment('shop', { status: UNREADY });

async function wait(server: FakeApiServer, options: Partial<WaitOptions> = {}) {
  await using client = await createKubeClient(server.kubeConfig);
  return await waitUntilReady({ client, namespace: 'kit', targets: [refOf(ready)], timeoutMs: 20_000, ...options });
}

function putShop(server: FakeApiServer, container: ContainerParts) {
  const { metadata } = server.put(unready);
  const replicaSet = makeReplicaSet({ ...unready, metadata });
  const stored = server.put(replicaSet);
  return server.put(makePod({ ...replicaSet, metadata: stored.metadata }, { app: container }));
}

test('is ready as soon as the last object is, and says meanwhile what is missing', async () => {
  await using server = await startFakeApiServer();
  putShop(server, { ready: false, started: false });
  const progress: WaitProgress[] = [];
  const waiting = wait(server, { onProgress: (now) => progress.push(now) });
  await expect.poll(() => progress).toHaveLength(1);
  const changedAt = performance.now();
  server.put(ready);
  const { outcome, problems, readyAfterMs } = await waiting;
  expect(performance.now() - changedAt, 'by watching, not by looking again').toBeLessThan(900);
  expect({ outcome, problems }).toEqual({ outcome: 'ready', problems: [] });
  expect(readyAfterMs).toEqual({ 'Deployment/shop': expect.any(Number) as number });
  expect(progress).toEqual([
    {
      readyCount: 0,
      total: 1,
      waitingFor: expect.stringMatching(/^Pod\/shop-2-x \(app\): the program runs, but/) as string,
    },
    { readyCount: 1, total: 1, waitingFor: '' },
  ]);
});

test('does not wait for kinds that are ready when they exist', async () => {
  await using server = await startFakeApiServer();
  const targets = [{ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'kit', name: 'settings' }];
  expect(await wait(server, { targets })).toMatchObject({ outcome: 'ready' });
});

test('fails at once for what can never heal, with its explanation', async () => {
  await using server = await startFakeApiServer();
  putShop(server, waiting('InvalidImageName'));
  expect(await wait(server)).toMatchObject({
    outcome: 'failed',
    problems: [{ code: 'InvalidImageName', object: 'Pod/shop-2-x', container: 'app' }],
  });
});

test('is patient with what may heal, and forgets it when it does', async () => {
  let now = 0;
  const findFinal = createPatience(() => now);
  const problem = makeProblem('ErrImageNeverPull', { ref: { kind: 'Pod', name: 'x' }, container: 'app' });
  expect(findFinal([problem])).toEqual([]);
  now = 14_999;
  expect(findFinal([problem])).toEqual([]);
  expect(findFinal([])).toEqual([]);
  now = 15_000;
  expect(findFinal([problem]), 'it was gone in between').toEqual([]);
  now = 30_000;
  expect(findFinal([problem])).toEqual([problem]);
  const slow = makeProblem('NotReady', { ref: { kind: 'Pod', name: 'x' }, container: 'app' });
  findFinal([slow]);
  now = 10_000_000;
  expect(findFinal([slow]), 'a program may take as long as it likes').toEqual([]);
});

test('explains everything that is in the way when the time is over', async () => {
  await using server = await startFakeApiServer();
  const pod = putShop(server, { ready: false });
  server.pages.set(`/api/v1/namespaces/kit/pods/${pod.metadata.name}/log`, {
    status: 200,
    text: 'waiting for the database\n',
  });
  expect(await wait(server, { timeoutMs: 300 })).toMatchObject({
    outcome: 'timeout',
    problems: [{ code: 'NotReady', logTail: ['waiting for the database'] }],
  });
});

test('goes on when watches are cut or have expired', async () => {
  await using server = await startFakeApiServer();
  putShop(server, { ready: false });
  const waiting = wait(server);
  await expect.poll(() => server.openWatches).toBe(8);
  server.cutWatches();
  await vi.waitFor(() => expect(server.openWatches).toBe(8), { timeout: 5_000 });
  server.expireWatches();
  server.put(ready);
  expect(await waiting).toMatchObject({ outcome: 'ready' });
});

test('says that the API server does not answer', async () => {
  await using server = await startFakeApiServer();
  server.fault = ({ path }) => (path.endsWith('/pods') ? { status: 503 } : undefined);
  const { outcome, problems } = await wait(server, { timeoutMs: 300 });
  expect(outcome).toBe('timeout');
  expect(problems).toMatchObject([{ object: 'Deployment/shop' }]);
});

test('ends with an error when the cluster forbids it, and with the reason of the signal', async () => {
  await using server = await startFakeApiServer();
  const signal = AbortSignal.timeout(100);
  await expect(wait(server, { signal })).rejects.toMatchObject({ name: 'TimeoutError' });
  server.fault = ({ path }) => (path.endsWith('/pods') ? { status: 403 } : undefined);
  await expect(wait(server)).rejects.toMatchObject({ code: 'API_FORBIDDEN' });
});
