/** The deployer against a real API server and its controllers, each test in a namespace of its own. */
import { randomBytes } from 'node:crypto';
import { AppsV1Api, CoreV1Api, PatchStrategy, setHeaderOptions, type KubeConfig } from '@kubernetes/client-node';
import { beforeAll, expect, inject, test } from 'vitest';
import { applyKit, type ApplyOptions } from '../../scripts/deploy/apply.ts';
import type { Scope } from '../../scripts/deploy/applyset.ts';
import { removeKit } from '../../scripts/deploy/delete.ts';
import { createKubeClient, type KubeClient } from '../../scripts/deploy/kube-client.ts';
import { loadKubeConfig } from '../../scripts/deploy/kube-config.ts';
import type { KubeObject } from '../../scripts/deploy/kube-types.ts';
import { formatRef, refOf } from '../../scripts/deploy/object-ref.ts';
import { planKit, type PlannedObject } from '../../scripts/deploy/plan.ts';
import { collectStatus } from '../../scripts/deploy/status.ts';
import { waitUntilReady } from '../../scripts/deploy/wait.ts';

let kubeConfig: KubeConfig;
let client: KubeClient;

beforeAll(async () => {
  kubeConfig = await loadKubeConfig(inject('kubeconfigPath'));
  client = await createKubeClient(kubeConfig);
  return () => client[Symbol.asyncDispose]();
});

/** A scope that nobody else uses; leaving it starts the deletion of its namespace. */
function throwAwayScope(): Scope & AsyncDisposable {
  const namespace = `deploy-test-${randomBytes(4).toString('hex')}`;
  return {
    namespace,
    inventoryName: 'inventory',
    async [Symbol.asyncDispose]() {
      await client.delete({ apiVersion: 'v1', kind: 'Namespace', name: namespace }, {});
    },
  };
}

function configMap(name: string, data: Readonly<Record<string, string>> = {}): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data };
}

function service(name: string): KubeObject {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { ports: [{ name: 'http', port: 80 }] } };
}

function claim(name: string): KubeObject {
  const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } };
  return { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name }, spec };
}

function deployment(name: string, container: object = {}, spec: object = {}): KubeObject {
  const labels = { 'app.kubernetes.io/name': name };
  const image = { name: 'app', image: 'pod-patterns/not-built:dev', imagePullPolicy: 'Never' };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, labels },
    spec: {
      replicas: 0,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ ...image, ...container }] } },
      ...spec,
    },
  };
}

async function apply(scope: Scope, objects: readonly KubeObject[], options: Partial<ApplyOptions> = {}) {
  const manifests = objects.map((object) => ({ object, file: `${object.metadata.name}.yaml` }));
  const results = await applyKit({ client, manifests, scope, timeoutMs: 60_000, ...options });
  return results.map(({ ref, action }) => `${formatRef(ref)} ${action}`);
}

function wait({ namespace }: Scope, objects: readonly KubeObject[], timeoutMs = 60_000) {
  return waitUntilReady({ client, namespace, targets: objects.map(refOf), timeoutMs });
}

/** Without our labels, as kubectl create would. */
async function createAsLearner({ namespace }: Scope, name: string): Promise<void> {
  await kubeConfig.makeApiClient(CoreV1Api).createNamespacedConfigMap({ namespace, body: { metadata: { name } } });
}

/** Changes the Deployment `shop` as another manager of fields. */
async function patchAs(fieldManager: string, { namespace }: Scope, body: object): Promise<void> {
  await kubeConfig
    .makeApiClient(AppsV1Api)
    .patchNamespacedDeployment(
      { name: 'shop', namespace, body, fieldManager },
      setHeaderOptions('Content-Type', PatchStrategy.StrategicMergePatch),
    );
}

function read({ namespace }: Scope, object: KubeObject) {
  return client.read({ ...refOf(object), namespace });
}

test('the second run changes nothing, and thirty objects take less than two seconds', async () => {
  await using scope = throwAwayScope();
  const numbers = [...Array(10).keys()];
  const objects = numbers.flatMap((number) => [
    configMap(`settings-${number}`, { number: `${number}` }),
    service(`service-${number}`),
    deployment(`app-${number}`),
  ]);
  expect((await apply(scope, objects)).every((result) => result.endsWith(' created'))).toBe(true);
  // The controllers write a status, which is no change of ours; after that nothing moves any more.
  expect(await wait(scope, objects)).toMatchObject({ outcome: 'ready' });
  const versions = async () =>
    Promise.all(objects.map(async (object) => (await read(scope, object))?.metadata.resourceVersion));
  const before = await versions();
  const startedAt = performance.now();
  const results = await apply(scope, objects);
  expect(performance.now() - startedAt).toBeLessThan(2_000);
  expect(results).toHaveLength(31);
  expect(results.filter((result) => !result.endsWith(' unchanged'))).toEqual([]);
  expect(await versions()).toEqual(before);
});

test('changes what changed, and prunes what was taken out, but nothing of others and no claim', async () => {
  await using scope = throwAwayScope();
  await apply(scope, [configMap('settings', { a: '1' }), configMap('old'), service('web'), claim('data')]);
  const foreign = configMap('by-a-learner');
  await createAsLearner(scope, 'by-a-learner');
  const results = await apply(scope, [configMap('settings', { a: '2' }), service('web')]);
  expect(results).toEqual([
    `Namespace/${scope.namespace} unchanged`,
    'ConfigMap/settings configured',
    'Service/web unchanged',
    'ConfigMap/old pruned',
  ]);
  expect(await read(scope, foreign)).toBeDefined();
  expect(await read(scope, claim('data'))).toBeDefined();
  expect((await read(scope, configMap('settings')))?.['data']).toEqual({ a: '2' });
});

test('does not take a field that somebody else has set, unless it is told to', async () => {
  await using scope = throwAwayScope();
  const objects = [deployment('shop', {}, { paused: true })];
  await apply(scope, objects);
  await patchAs('kubectl-edit', scope, { spec: { replicas: 3 } });
  await expect(apply(scope, objects)).rejects.toMatchObject({
    code: 'APPLY_CONFLICT',
    message: expect.stringMatching(
      /shop\.yaml: Deployment\/shop .*\n {2}\.spec\.replicas: conflict with "kubectl-edit"/,
    ) as string,
  });
  expect((await read(scope, deployment('shop')))?.['spec']).toMatchObject({ replicas: 3 });
  expect(await apply(scope, objects, { force: true })).toContain('Deployment/shop configured');
  expect((await read(scope, deployment('shop')))?.['spec']).toMatchObject({ replicas: 0 });
});

test('puts its image back where kubectl has applied the same manifest, which names it :dev', async () => {
  await using scope = throwAwayScope();
  const objects = [deployment('shop', { image: 'pod-patterns/not-built:3f2a' })];
  await apply(scope, objects);
  const containers = [{ name: 'app', image: 'pod-patterns/not-built:dev' }];
  await patchAs('kubectl-client-side-apply', scope, { spec: { template: { spec: { containers } } } });
  expect(await apply(scope, objects)).toContain('Deployment/shop configured');
  expect(JSON.stringify(await read(scope, deployment('shop')))).toContain('"image":"pod-patterns/not-built:3f2a"');
});

test('names a misspelt field, a value that is not allowed, and a field that cannot change', async () => {
  await using scope = throwAwayScope();
  await expect(apply(scope, [deployment('shop', {}, { replica: 1 })])).rejects.toMatchObject({
    code: 'MANIFEST_REJECTED',
    message: expect.stringContaining('.spec.replica: field not declared in schema') as string,
  });
  await expect(apply(scope, [deployment('shop', { name: 'Not_A_Name' })])).rejects.toMatchObject({
    code: 'MANIFEST_REJECTED',
    message: expect.stringContaining('spec.template.spec.containers[0].name') as string,
  });
  await apply(scope, [deployment('shop')]);
  const other = { matchLabels: { 'app.kubernetes.io/name': 'other' } };
  const template = { metadata: { labels: other.matchLabels }, spec: { containers: [{ name: 'app', image: 'x' }] } };
  await expect(
    apply(scope, [deployment('shop', {}, { selector: other, template })], { force: true }),
  ).rejects.toMatchObject({
    code: 'APPLY_IMMUTABLE',
    remedy: expect.stringContaining(`kubectl -n ${scope.namespace} delete deployment/shop`) as string,
  });
});

test.concurrent('takes everything away again, but not what others have made', async () => {
  await using scope = throwAwayScope();
  await apply(scope, [configMap('settings'), service('web'), claim('data'), deployment('shop')]);
  const foreign = configMap('by-a-learner');
  await createAsLearner(scope, 'by-a-learner');
  const options = { scope, timeoutMs: 60_000 };
  const first = await removeKit(client, options);
  expect({ ...first, deleted: first.deleted.map(formatRef), foreign: first.foreign.map(formatRef) }).toEqual({
    namespace: 'kept',
    deleted: ['Deployment/shop', 'Service/web', 'PersistentVolumeClaim/data', 'ConfigMap/settings'],
    foreign: ['ConfigMap/by-a-learner'],
  });
  expect(await read(scope, foreign)).toBeDefined();
  await client.delete({ ...refOf(foreign), namespace: scope.namespace }, {});
  expect(await removeKit(client, options)).toMatchObject({ namespace: 'deleted', foreign: [] });
  expect(await removeKit(client, options)).toEqual({ namespace: 'absent', deleted: [], foreign: [] });
});

test.concurrent('applies to a namespace that is just being deleted, once it is gone', async () => {
  await using scope = throwAwayScope();
  await apply(scope, [configMap('settings')]);
  await client.delete({ apiVersion: 'v1', kind: 'Namespace', name: scope.namespace }, {});
  expect(await apply(scope, [configMap('settings')])).toEqual([
    `Namespace/${scope.namespace} created`,
    'ConfigMap/settings created',
  ]);
  expect(await read(scope, configMap('settings'))).toBeDefined();
});

test.concurrent('explains a quota that refuses the Pods', async () => {
  await using scope = throwAwayScope();
  const quota = { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'none' }, spec: { hard: { pods: '0' } } };
  const objects = [quota, deployment('shop', {}, { replicas: 1 })];
  await apply(scope, objects);
  expect(await wait(scope, objects)).toMatchObject({
    outcome: 'failed',
    problems: [
      {
        code: 'FailedCreate',
        object: 'Deployment/shop',
        reason: expect.stringContaining('exceeded quota: none') as string,
        fix: expect.stringContaining('ResourceQuota') as string,
      },
    ],
  });
});

test.concurrent('explains Pod Security that refuses the Pods, and passes on its warning', async () => {
  await using scope = throwAwayScope();
  const labels = {
    'pod-security.kubernetes.io/enforce': 'restricted',
    'pod-security.kubernetes.io/warn': 'restricted',
  };
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: scope.namespace, labels } };
  const objects = [namespace, deployment('shop', {}, { replicas: 1 })];
  const manifests = objects.map((object) => ({ object, file: 'x.yaml' }));
  const results = await applyKit({ client, manifests, scope, timeoutMs: 60_000 });
  expect(results.flatMap(({ warnings }) => warnings)).toEqual([expect.stringContaining('would violate PodSecurity')]);
  expect(await wait(scope, objects)).toMatchObject({
    outcome: 'failed',
    problems: [{ code: 'FailedCreate', reason: expect.stringContaining('violates PodSecurity') as string }],
  });
});

test.concurrent('explains a Pod that fits on no node', async () => {
  await using scope = throwAwayScope();
  const resources = { requests: { memory: '900Ti' } };
  const objects = [deployment('shop', { resources }, { replicas: 1 })];
  await apply(scope, objects);
  expect(await wait(scope, objects)).toMatchObject({
    outcome: 'failed',
    problems: [{ code: 'Unschedulable', reason: expect.stringContaining('no node can take the Pod') as string }],
  });
});

test.concurrent('explains an image that is not on the node, and shows it in the status', async () => {
  await using scope = throwAwayScope();
  const objects = [deployment('shop', {}, { replicas: 1 })];
  await apply(scope, objects);
  const problem = {
    code: 'ErrImageNeverPull',
    object: expect.stringMatching(/^Pod\/shop-/) as string,
    container: 'app',
    reason: 'the image pod-patterns/not-built:dev is not on the node, and its pull policy forbids to fetch it',
    fix: 'Run `npm run up`: it builds the image and loads it into the node.',
    command: expect.stringMatching(new RegExp(`^kubectl -n ${scope.namespace} describe pod/shop-`)) as string,
  };
  expect(await wait(scope, objects)).toMatchObject({ outcome: 'failed', problems: [problem] });
  const status = await collectStatus(client, { namespace: scope.namespace, nowMs: Date.now() });
  expect(status.patterns).toMatchObject([
    { name: 'shop', isReady: false, pods: [{ state: 'ErrImageNeverPull', totalContainers: 1 }], problems: [problem] },
  ]);
});

test('a plan says what would be created, changed, taken back, deleted and kept, and does none of it', async () => {
  await using scope = throwAwayScope();
  const secret = (value: string): KubeObject => ({
    ...configMap('secret'),
    kind: 'Secret',
    stringData: { key: value },
  });
  const first = [
    configMap('a', { x: '1' }),
    configMap('b', { x: '1' }),
    configMap('old'),
    claim('data'),
    secret('one'),
  ];
  const plan = async (objects: readonly KubeObject[]) => {
    const manifests = objects.map((object) => ({ object, file: `${object.metadata.name}.yaml` }));
    return planKit({ client, manifests, scope });
  };
  const actions = (planned: readonly PlannedObject[]) => planned.map(({ object, action }) => `${object} ${action}`);

  expect(actions(await plan(first))).toContain('ConfigMap/a create');
  expect(await client.read({ apiVersion: 'v1', kind: 'Namespace', name: scope.namespace })).toBeUndefined();
  await apply(scope, first);
  expect(new Set((await plan(first)).map(({ action }) => action))).toEqual(new Set(['unchanged']));

  const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'b' }, data: { x: 'theirs' } };
  await kubeConfig
    .makeApiClient(CoreV1Api)
    .patchNamespacedConfigMap(
      { name: 'b', namespace: scope.namespace, body, fieldManager: 'somebody', force: true },
      setHeaderOptions('Content-Type', PatchStrategy.ServerSideApply),
    );
  const planned = await plan([configMap('a', { x: '2' }), configMap('b', { x: '1' }), secret('two')]);
  expect(actions(planned)).toEqual([
    'ConfigMap/a change',
    'ConfigMap/b conflict',
    'Secret/secret change',
    `Namespace/${scope.namespace} unchanged`,
    'ConfigMap/old prune',
    'PersistentVolumeClaim/data keep',
  ]);
  expect(planned.slice(0, 3).flatMap(({ changes }) => changes)).toEqual([
    { path: 'data.x', before: '1', after: '2', manager: 'pod-patterns' },
    { path: 'data.x', before: 'theirs', after: '1', manager: 'somebody' },
    expect.objectContaining({ path: 'data.key', before: '(hidden)', after: '(hidden)' }),
  ]);
  expect(actions(await plan(first))).toContain('ConfigMap/a unchanged');
});
