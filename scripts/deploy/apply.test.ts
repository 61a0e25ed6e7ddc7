import { expect, test } from 'vitest';
import { startFakeApiServer, type FakeApiServer } from '../../test/support/fake-api-server.ts';
import { applyKit, type ApplyOptions } from './apply.ts';
import { applySetId } from './applyset.ts';
import { readInventory } from './inventory.ts';
import { createKubeClient } from './kube-client.ts';
import type { KubeObject } from './kube-types.ts';
import { formatRef } from './object-ref.ts';

const SCOPE = { namespace: 'kit', inventoryName: 'inventory' };

function object(kind: string, name: string, more: object = {}): KubeObject {
  const apiVersion = kind === 'Deployment' ? 'apps/v1' : 'v1';
  return { apiVersion, kind, metadata: { name, namespace: 'kit' }, ...more };
}

const FIRST = [
  object('Deployment', 'a'),
  object('ConfigMap', 'settings', { data: { greeting: 'hello' } }),
  object('Service', 'a'),
];
const SECOND = [object('Deployment', 'a'), object('ConfigMap', 'other'), object('Service', 'b')];

async function apply(server: FakeApiServer, objects: readonly KubeObject[], options: Partial<ApplyOptions> = {}) {
  await using client = await createKubeClient(server.kubeConfig, {
    timeoutMs: 2_000,
    ...(options.signal && { signal: options.signal }),
  });
  const manifests = objects.map((object) => ({ object, file: `${object.metadata.name}.yaml` }));
  const results = await applyKit({ client, manifests, scope: SCOPE, timeoutMs: 2_000, ...options });
  return results.map(({ ref, action }) => `${formatRef(ref)} ${action}`);
}

async function inventoryOf(server: FakeApiServer) {
  await using client = await createKubeClient(server.kubeConfig);
  return (await readInventory(client, SCOPE))?.map(formatRef);
}

test('creates everything in order, and the second time writes nothing', async () => {
  await using server = await startFakeApiServer();
  expect(await apply(server, FIRST)).toEqual([
    'Namespace/kit created',
    'ConfigMap/settings created',
    'Service/a created',
    'Deployment/a created',
  ]);
  const versions = server
    .names()
    .map((name) => server.get(...(name.split('/') as [string, string]))?.metadata.resourceVersion);
  expect(await apply(server, FIRST)).toEqual([
    'Namespace/kit unchanged',
    'ConfigMap/settings unchanged',
    'Service/a unchanged',
    'Deployment/a unchanged',
  ]);
  expect(
    server.names().map((name) => server.get(...(name.split('/') as [string, string]))?.metadata.resourceVersion),
  ).toEqual(versions);
});

test('labels the members, and writes the inventory before any of them', async () => {
  await using server = await startFakeApiServer();
  await apply(server, FIRST);
  expect(server.get('Deployment', 'a')?.metadata.labels).toEqual({
    'applyset.kubernetes.io/part-of': applySetId(SCOPE),
  });
  expect(server.get('ConfigMap', 'inventory')?.metadata).toMatchObject({
    labels: { 'applyset.kubernetes.io/id': applySetId(SCOPE) },
    annotations: {
      'applyset.kubernetes.io/tooling': 'pod-patterns/v0.1.0',
      'applyset.kubernetes.io/contains-group-kinds': 'ConfigMap,Deployment.apps,Namespace,Service',
    },
  });
  const patches = server.requests.filter(({ method }) => method === 'PATCH').map(({ path }) => path);
  expect(patches.slice(0, 2)).toEqual(['/api/v1/namespaces/kit', '/api/v1/namespaces/kit/configmaps/inventory']);
});

test('tells what changed, and does not take a new status for a change', async () => {
  await using server = await startFakeApiServer();
  await apply(server, FIRST);
  const settings = object('ConfigMap', 'settings', { data: { greeting: 'good day' } });
  let touched = false;
  server.fault = ({ method, path }) => {
    // A controller writes the status between our GET and our PATCH.
    if (!touched && method === 'PATCH' && path.endsWith('/deployments/a')) {
      touched = true;
      server.put({ ...(server.get('Deployment', 'a') as KubeObject), status: { replicas: 1 } });
    }
    return undefined;
  };
  const results = await apply(server, [...FIRST.filter(({ kind }) => kind !== 'ConfigMap'), settings]);
  expect(results).toContain('ConfigMap/settings configured');
  expect(results).toContain('Deployment/a unchanged');
  expect(touched).toBe(true);
});

test('prunes what left the manifests, but no claim and nothing that lost our label', async () => {
  await using server = await startFakeApiServer();
  const mine = object('ConfigMap', 'given-away');
  await apply(server, [...FIRST, object('PersistentVolumeClaim', 'data'), mine]);
  server.put(mine);
  server.put(object('ConfigMap', 'by-a-learner'));
  const results = await apply(server, SECOND);
  expect(results.filter((result) => result.endsWith('pruned'))).toEqual([
    'Service/a pruned',
    'ConfigMap/settings pruned',
  ]);
  expect(server.names()).toEqual([
    'ConfigMap/by-a-learner',
    'ConfigMap/given-away',
    'ConfigMap/inventory',
    'ConfigMap/other',
    'Deployment/a',
    'Namespace/kit',
    'PersistentVolumeClaim/data',
    'Service/b',
    'ServiceAccount/default',
  ]);
  expect(await inventoryOf(server)).toEqual([
    'ConfigMap/other',
    'Namespace/kit',
    'PersistentVolumeClaim/data',
    'Service/b',
    'Deployment/a',
  ]);
});

test.each([
  ['goes on to the new manifests', SECOND, ['ConfigMap/other', 'Namespace/kit', 'Service/b', 'Deployment/a']],
  ['goes back to the old ones', FIRST, ['ConfigMap/settings', 'Namespace/kit', 'Service/a', 'Deployment/a']],
])('killed at any request, the next run %s and leaves no orphan', async (_name, objects, expected) => {
  let number = 1;
  for (let hasFinished = false; !hasFinished; number += 1) {
    await using server = await startFakeApiServer();
    await apply(server, FIRST);
    const start = server.requests.length;
    const killed = new AbortController();
    server.fault = (request) => {
      if (request.number !== start + number) return undefined;
      killed.abort(new Error('killed'));
      return 'silence';
    };
    hasFinished = await apply(server, SECOND, { signal: killed.signal }).then(
      () => true,
      () => false,
    );
    server.fault = () => undefined;
    await apply(server, objects);
    const all = [...expected, 'ConfigMap/inventory', 'ServiceAccount/default'].sort();
    expect(server.names(), `killed at request ${number}`).toEqual(all);
    expect(await inventoryOf(server)).toEqual(expected);
  }
  expect(number).toBeGreaterThan(10);
});

test('names the managers and fields of a conflict, and takes them only with force', async () => {
  await using server = await startFakeApiServer();
  const causes = [
    { reason: 'FieldManagerConflict', message: 'conflict with "kubectl-edit" using apps/v1', field: '.spec.replicas' },
  ];
  server.fault = ({ method, path, query }) =>
    method === 'PATCH' && path.endsWith('/deployments/a') && query.get('force') === 'false'
      ? { status: 409, body: { code: 409, message: 'Apply failed with 1 conflict', details: { causes } } }
      : undefined;
  await expect(apply(server, FIRST)).rejects.toMatchObject({
    code: 'APPLY_CONFLICT',
    message: expect.stringMatching(
      /^a\.yaml: Deployment\/a .*\n {2}\.spec\.replicas: conflict with "kubectl-edit"/,
    ) as string,
    remedy: expect.stringContaining('--force-conflicts') as string,
  });
  expect(await apply(server, FIRST, { force: true })).toContain('Deployment/a created');
});

test('takes back an image that kubectl has put there from the same manifests, but none that a learner has chosen', async () => {
  await using server = await startFakeApiServer();
  const withImage = (image: string) =>
    object('Deployment', 'a', { spec: { template: { spec: { containers: [{ name: 'app', image }] } } } });
  const causes = [
    {
      reason: 'FieldManagerConflict',
      message: 'conflict with "kubectl-client-side-apply"',
      field: '.spec.template.spec.containers[name="app"].image',
    },
  ];
  server.fault = ({ method, path, query }) =>
    method === 'PATCH' && path.endsWith('/deployments/a') && query.get('force') === 'false'
      ? { status: 409, body: { code: 409, message: 'Apply failed with 1 conflict', details: { causes } } }
      : undefined;
  server.put(withImage('pod-patterns/app:dev'));
  expect(await apply(server, [withImage('pod-patterns/app:3f2a')])).toContain('Deployment/a configured');
  expect(JSON.stringify(server.get('Deployment', 'a'))).toContain('pod-patterns/app:3f2a');
  server.put(withImage('a-learner/app:1'));
  await expect(apply(server, [withImage('pod-patterns/app:3f2a')])).rejects.toMatchObject({ code: 'APPLY_CONFLICT' });
  expect(JSON.stringify(server.get('Deployment', 'a'))).toContain('a-learner/app:1');
});

test.each([
  [
    422,
    'Deployment.apps "a" is invalid: spec.selector: Invalid value: field is immutable',
    'APPLY_IMMUTABLE',
    'kubectl -n kit delete deployment/a',
  ],
  [422, 'spec.replicas: Invalid value: -1', 'MANIFEST_REJECTED', 'Correct the field'],
  [
    500,
    'failed to create typed patch object (kit/a): .spec.replica: field not declared in schema',
    'MANIFEST_REJECTED',
    'kubectl explain',
  ],
  [403, 'exceeded quota: small', 'APPLY_FORBIDDEN', 'the rule'],
])('explains a %i: %s', async (status, message, code, remedy) => {
  await using server = await startFakeApiServer();
  server.fault = ({ method, path }) =>
    method === 'PATCH' && path.endsWith('/deployments/a') ? { status, body: { code: status, message } } : undefined;
  await expect(apply(server, FIRST)).rejects.toMatchObject({
    code,
    message: expect.stringMatching(new RegExp(`^a\\.yaml: Deployment/a .*${message.slice(-20)}`)) as string,
    remedy: expect.stringContaining(remedy) as string,
  });
});

test('waits for a namespace that is being deleted, then makes it anew', async () => {
  await using server = await startFakeApiServer();
  const metadata = { name: 'kit', deletionTimestamp: '2026-11-23T10:00:00Z', finalizers: ['kubernetes'] };
  const namespace = server.put({ apiVersion: 'v1', kind: 'Namespace', metadata });
  const applying = apply(server, FIRST);
  await expect.poll(() => server.openWatches).toBe(1);
  server.remove(namespace);
  expect(await applying).toContain('Namespace/kit created');
});

test('explains a namespace whose deletion is stuck', async () => {
  await using server = await startFakeApiServer();
  const metadata = { name: 'kit', deletionTimestamp: '2026-11-23T10:00:00Z' };
  const condition = {
    type: 'NamespaceFinalizersRemaining',
    status: 'True',
    message: 'example.com/hold in 1 resource instances',
  };
  server.put({ apiVersion: 'v1', kind: 'Namespace', metadata, status: { conditions: [condition] } });
  await expect(apply(server, FIRST, { timeoutMs: 100 })).rejects.toMatchObject({
    code: 'OBJECT_TERMINATING',
    message: expect.stringContaining('example.com/hold in 1 resource instances') as string,
    remedy: expect.stringContaining('kubectl describe namespace/kit') as string,
  });
});

test('waits for the service account before the first workload', async () => {
  await using server = await startFakeApiServer();
  const account = object('ServiceAccount', 'default');
  server.fault = ({ method, path }) => {
    if (method === 'PATCH' && path === '/api/v1/namespaces/kit') queueMicrotask(() => server.remove(account));
    return undefined;
  };
  const applying = apply(server, FIRST);
  await expect.poll(() => server.openWatches).toBe(1);
  expect(server.get('Deployment', 'a')).toBeUndefined();
  expect(server.get('Service', 'a')).toBeDefined();
  server.put(account);
  expect(await applying).toContain('Deployment/a created');
});

test('refuses an object of another namespace, an unknown kind, and a foreign inventory, before it writes', async () => {
  await using server = await startFakeApiServer();
  const elsewhere = { ...object('Service', 'a'), metadata: { name: 'a', namespace: 'kube-system' } };
  await expect(apply(server, [elsewhere])).rejects.toMatchObject({ code: 'MANIFEST_INVALID' });
  await expect(apply(server, [object('Gadget', 'a')])).rejects.toMatchObject({ code: 'MANIFEST_REJECTED' });
  server.put(object('ConfigMap', 'inventory'));
  await expect(apply(server, FIRST)).rejects.toMatchObject({ code: 'INVENTORY_FOREIGN' });
  expect(server.get('Deployment', 'a')).toBeUndefined();
});
