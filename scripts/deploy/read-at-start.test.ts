import { expect, test } from 'vitest';
import { startFakeApiServer, type FakeApiServer } from '../../test/support/fake-api-server.ts';
import { applyKit } from './apply.ts';
import { createKubeClient } from './kube-client.ts';
import type { KubeObject } from './kube-types.ts';
import { planKit } from './plan.ts';
import { addChecksums } from './read-at-start.ts';

const SCOPE = { namespace: 'kit', inventoryName: 'inventory' };
const CANARY = 'hunter2canary';

function holder(kind: string, name: string, data: Readonly<Record<string, string>>): KubeObject {
  return { apiVersion: 'v1', kind, metadata: { name }, data };
}

function deployment(name: string, readAtStart?: string): KubeObject {
  const annotations = readAtStart === undefined ? {} : { 'pod-patterns.example/read-at-start': readAtStart };
  const spec = { replicas: 1, template: { metadata: { annotations }, spec: { containers: [{ name: 'app' }] } } };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name }, spec };
}

const manifestsOf = (objects: readonly KubeObject[]) =>
  addChecksums(objects.map((object) => ({ object, file: `${object.metadata.name}.yaml` })));

/** The kit with these values: one program reads both at its start, one the ConfigMap, one takes up changes. */
const kitWith = (key: string, setting: string) =>
  manifestsOf([
    holder('Secret', 'key', { key }),
    holder('ConfigMap', 'settings', { setting, other: 'x' }),
    deployment('both', 'Secret/key, ConfigMap/settings'),
    deployment('one', 'ConfigMap/settings'),
    deployment('live'),
  ]);

async function rolled(server: FakeApiServer, manifests: ReturnType<typeof kitWith>) {
  await using client = await createKubeClient(server.kubeConfig, { timeoutMs: 2_000 });
  const plan = await planKit({ client, manifests, scope: SCOPE });
  expect(JSON.stringify(plan)).not.toContain(CANARY);
  const results = await applyKit({ client, manifests, scope: SCOPE, timeoutMs: 2_000 });
  return results
    .filter(({ ref, action }) => ref.kind === 'Deployment' && action !== 'unchanged')
    .map(({ ref }) => ref.name)
    .sort();
}

test('a new value rolls out to the programs that read it at their start, and to no others', async () => {
  await using server = await startFakeApiServer();
  expect(await rolled(server, kitWith('a', '1'))).toEqual(['both', 'live', 'one']);
  expect(await rolled(server, kitWith('a', '1'))).toEqual([]);
  expect(await rolled(server, kitWith(CANARY, '1'))).toEqual(['both']);
  expect(await rolled(server, kitWith(CANARY, '2'))).toEqual(['both', 'one']);
  expect(JSON.stringify(server.get('Deployment', 'both'))).not.toContain(CANARY);
});

test('the order of the keys does not matter, and the given manifests are not changed', () => {
  const objects = [holder('ConfigMap', 'settings', { a: '1', b: '2' }), deployment('app', 'ConfigMap/settings')];
  const before = structuredClone(objects);
  const swapped = [holder('ConfigMap', 'settings', { b: '2', a: '1' }), deployment('app', 'ConfigMap/settings')];
  expect(manifestsOf(objects)[1]).toEqual(manifestsOf(swapped)[1]);
  expect(objects).toEqual(before);
});

test('a name that no manifest has is refused', () => {
  expect(() => manifestsOf([deployment('app', 'ConfigMap/setings')])).toThrow(
    expect.objectContaining({
      code: 'MANIFEST_INVALID',
      message: 'app.yaml: Deployment/app reads ConfigMap/setings at its start, and there is none',
    }) as Error,
  );
});
