import { expect, test, vi } from 'vitest';
import { startFakeApiServer } from '../../test/support/fake-api-server.ts';
import { followObjects, waitForObject } from './follow.ts';
import { createKubeClient } from './kube-client.ts';
import type { KubeObject } from './kube-types.ts';

const POLL = { timeout: 5_000 };
const QUERY = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'kit' };

function configMap(name: string): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'kit' } };
}

async function startFollowing() {
  const server = await startFakeApiServer();
  const client = await createKubeClient(server.kubeConfig);
  server.put(configMap('one'));
  const stop = new AbortController();
  let names: string[] = [];
  const troubles: string[] = [];
  const ended = followObjects(client, QUERY, {
    onChange: (objects) => {
      names = objects.map(({ metadata }) => metadata.name);
    },
    onTrouble: (reason) => troubles.push(reason),
    signal: stop.signal,
  });
  await expect.poll(() => server.openWatches).toBe(1);
  return {
    server,
    troubles,
    names: () => names,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await ended;
      await client[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

test('shows what is there, what comes and what goes', async () => {
  await using following = await startFollowing();
  await expect.poll(following.names, POLL).toEqual(['one']);
  following.server.put(configMap('two'));
  await expect.poll(following.names, POLL).toEqual(['one', 'two']);
  following.server.remove(configMap('one'));
  await expect.poll(following.names, POLL).toEqual(['two']);
});

test('takes up a watch that has ended, without a new list, and misses nothing in between', async () => {
  await using following = await startFollowing();
  const countLists = () =>
    following.server.requests.filter(({ path, query }) => path.endsWith('/configmaps') && !query.has('watch')).length;
  following.server.endWatches();
  following.server.put(configMap('two'));
  await expect.poll(following.names, POLL).toEqual(['one', 'two']);
  expect(countLists()).toBe(1);
});

test('tells that the connection was cut, and lists again', async () => {
  await using following = await startFollowing();
  following.server.cutWatches();
  following.server.remove(configMap('one'));
  following.server.put(configMap('two'));
  await expect.poll(following.names, POLL).toEqual(['two']);
  expect(following.troubles).toEqual([expect.stringContaining('terminated')]);
});

test('lists again when the watch has expired, and forgets what has gone since', async () => {
  await using following = await startFollowing();
  following.server.expireWatches();
  following.server.remove(configMap('one'));
  following.server.put(configMap('two'));
  await expect.poll(following.names, POLL).toEqual(['two']);
});

test('does not flood a server that refuses every watch', async () => {
  await using following = await startFollowing();
  following.server.fault = ({ query }) => (query.get('watch') === 'true' ? { status: 503 } : undefined);
  const countBefore = following.server.requests.length;
  following.server.endWatches();
  await vi.waitFor(() => expect(following.server.requests.length).toBeGreaterThan(countBefore + 2), { timeout: 5_000 });
  const startedAt = performance.now();
  const countThen = following.server.requests.length;
  await vi.waitFor(() => expect(following.server.requests.length).toBeGreaterThan(countThen), { timeout: 5_000 });
  expect(performance.now() - startedAt).toBeGreaterThan(100);
});

test('throws when the cluster forbids it', async () => {
  await using server = await startFakeApiServer();
  await using client = await createKubeClient(server.kubeConfig);
  server.fault = ({ path }) => (path.endsWith('/configmaps') ? { status: 403 } : undefined);
  const following = followObjects(client, QUERY, { onChange: () => undefined, signal: AbortSignal.timeout(5_000) });
  await expect(following).rejects.toMatchObject({ code: 'API_FORBIDDEN' });
});

test('waits for one object, and tells when the time is over', async () => {
  await using server = await startFakeApiServer();
  await using client = await createKubeClient(server.kubeConfig);
  const ref = { ...QUERY, name: 'late' };
  const exists = (object: KubeObject | undefined) => object !== undefined;
  const waiting = waitForObject(client, ref, exists, { timeoutMs: 5_000 });
  await expect.poll(() => server.openWatches).toBe(1);
  server.put(configMap('other'));
  server.put(configMap('late'));
  expect(await waiting).toBe(true);
  expect(await waitForObject(client, { ...ref, name: 'never' }, exists, { timeoutMs: 100 })).toBe(false);
  const signal = AbortSignal.abort(new Error('stopped by hand'));
  await expect(waitForObject(client, ref, () => false, { timeoutMs: 5_000, signal })).rejects.toThrow(
    'stopped by hand',
  );
});
