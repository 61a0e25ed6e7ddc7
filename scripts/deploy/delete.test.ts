import { expect, test } from 'vitest';
import { startFakeApiServer, type FakeApiServer } from '../../test/support/fake-api-server.ts';
import { applyKit } from './apply.ts';
import { removeKit, type RemoveOptions } from './delete.ts';
import { createKubeClient } from './kube-client.ts';
import type { KubeObject } from './kube-types.ts';
import { formatRef } from './object-ref.ts';

const SCOPE = { namespace: 'kit', inventoryName: 'inventory' };

function object(kind: string, name: string, apiVersion = 'v1'): KubeObject {
  return { apiVersion, kind, metadata: { name, namespace: 'kit' } };
}

const OBJECTS = [object('Deployment', 'a', 'apps/v1'), object('PersistentVolumeClaim', 'data'), object('Service', 'a')];

async function startWithKit() {
  const server = await startFakeApiServer();
  await using client = await createKubeClient(server.kubeConfig);
  const manifests = OBJECTS.map((object) => ({ object, file: 'x.yaml' }));
  await applyKit({ client, manifests, scope: SCOPE, timeoutMs: 2_000 });
  return server;
}

async function remove(server: FakeApiServer, options: Partial<RemoveOptions> = {}) {
  await using client = await createKubeClient(server.kubeConfig, {
    timeoutMs: 2_000,
    ...(options.signal && { signal: options.signal }),
  });
  const { namespace, deleted, foreign } = await removeKit(client, { scope: SCOPE, timeoutMs: 2_000, ...options });
  return { namespace, deleted: deleted.map(formatRef), foreign: foreign.map(formatRef) };
}

test('deletes everything in reverse order, and a second time is success too', async () => {
  await using server = await startWithKit();
  expect(await remove(server)).toEqual({
    namespace: 'deleted',
    deleted: ['Deployment/a', 'Service/a', 'PersistentVolumeClaim/data', 'Namespace/kit'],
    foreign: [],
  });
  expect(server.names()).toEqual([]);
  expect(await remove(server)).toEqual({ namespace: 'absent', deleted: [], foreign: [] });
});

test('keeps the namespace for the objects of others, and lists them', async () => {
  await using server = await startWithKit();
  server.put(object('ConfigMap', 'by-a-learner'));
  const owned = object('Pod', 'owned');
  server.put({ ...owned, metadata: { ...owned.metadata, ownerReferences: [{ kind: 'Job', name: 'x', uid: 'x' }] } });
  expect(await remove(server)).toMatchObject({ namespace: 'kept', foreign: ['ConfigMap/by-a-learner'] });
  expect(server.get('ConfigMap', 'by-a-learner')).toBeDefined();
  expect(server.get('Deployment', 'a')).toBeUndefined();
  server.remove(object('ConfigMap', 'by-a-learner'));
  server.remove(owned);
  expect(await remove(server)).toMatchObject({ namespace: 'deleted', foreign: [] });
});

test('finds the objects by their label when the inventory is gone', async () => {
  await using server = await startWithKit();
  server.remove(object('ConfigMap', 'inventory'));
  expect(await remove(server)).toMatchObject({
    namespace: 'deleted',
    deleted: ['Deployment/a', 'Service/a', 'PersistentVolumeClaim/data', 'Namespace/kit'],
  });
});

test('leaves an object alone that lost the label, and the namespace of somebody else', async () => {
  await using server = await startWithKit();
  server.put(object('Service', 'a'));
  expect(await remove(server)).toMatchObject({ namespace: 'kept', foreign: ['Service/a'] });
  server.remove(object('Service', 'a'));
  server.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kit' } });
  expect(await remove(server)).toEqual({ namespace: 'kept', deleted: [], foreign: [] });
});

test('goes on where it was killed', async () => {
  let number = 1;
  for (let hasFinished = false; !hasFinished; number += 1) {
    await using server = await startWithKit();
    const start = server.requests.length;
    const killed = new AbortController();
    server.fault = (request) => {
      if (request.number !== start + number) return undefined;
      killed.abort(new Error('killed'));
      return 'silence';
    };
    hasFinished = await remove(server, { signal: killed.signal }).then(
      () => true,
      () => false,
    );
    server.fault = () => undefined;
    await remove(server);
    expect(server.names(), `killed at request ${number}`).toEqual([]);
  }
  expect(number).toBeGreaterThan(10);
});

test('waits for a namespace that is already being deleted', async () => {
  await using server = await startFakeApiServer();
  const metadata = { name: 'kit', deletionTimestamp: '2026-11-23T10:00:00Z' };
  const namespace = server.put({ apiVersion: 'v1', kind: 'Namespace', metadata });
  const removing = remove(server);
  await expect.poll(() => server.openWatches).toBe(1);
  server.remove(namespace);
  expect(await removing).toMatchObject({ namespace: 'deleted' });
});

test('says what holds a namespace that does not go', async () => {
  await using server = await startFakeApiServer();
  const metadata = { name: 'kit', deletionTimestamp: '2026-11-23T10:00:00Z', finalizers: ['example.com/hold'] };
  server.put({ apiVersion: 'v1', kind: 'Namespace', metadata });
  await expect(remove(server, { timeoutMs: 100 })).rejects.toMatchObject({
    code: 'DELETE_TIMEOUT',
    message: 'Namespace/kit is being deleted but is still there: finalizers example.com/hold',
  });
});
