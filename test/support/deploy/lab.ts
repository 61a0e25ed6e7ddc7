/** A namespace of its own on the kit's cluster, to be deployed to through the fault proxy. */
import { randomBytes } from 'node:crypto';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cluster } from '../../../scripts/cluster/cluster.ts';
import { listContent } from '../../../scripts/deploy/foreign-objects.ts';
import { readInventory } from '../../../scripts/deploy/inventory.ts';
import { createKubeClient, type KubeClient } from '../../../scripts/deploy/kube-client.ts';
import { loadKubeConfig } from '../../../scripts/deploy/kube-config.ts';
import type { PodSpec, Workload } from '../../../scripts/deploy/kube-types.ts';
import { leaseRef } from '../../../scripts/deploy/lease-object.ts';
import { formatRef } from '../../../scripts/deploy/object-ref.ts';
import { NAMESPACE } from '../kit.ts';
import { startFaultProxy, type FaultProxy } from '../fault-proxy.ts';
import { stateObjects, type StateName } from './states.ts';

export interface DeployLab extends AsyncDisposable {
  readonly proxy: FaultProxy;
  /** Leads to the proxy. */
  readonly kubeconfigPath: string;
  readonly scope: { readonly namespace: string; readonly inventoryName: string };
  /** An image that is on the node and has a shell. */
  readonly image: string;
  /** Past the proxy. */
  readonly client: KubeClient;
  /** What differs from the state, in words; empty when it has been reached. */
  differences(state: StateName): Promise<string[]>;
}

export async function startDeployLab(cluster: Pick<Cluster, 'engine' | 'node' | 'kubeconfigPath'>): Promise<DeployLab> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await mkdtempDisposable(join(tmpdir(), 'deploy-lab-')));
  const path = join(folder.path, 'kubeconfig');
  const proxy = stack.use(await startFaultProxy(cluster.engine, { ...cluster, path }));
  const client = stack.use(await createKubeClient(await loadKubeConfig(cluster.kubeconfigPath)));
  const scope = { namespace: `deploy-lab-${randomBytes(4).toString('hex')}`, inventoryName: 'inventory' };
  stack.defer(async () => {
    await client.delete({ apiVersion: 'v1', kind: 'Namespace', name: scope.namespace }, {});
  });
  const catalog = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: NAMESPACE, name: 'catalog' };
  const image = podSpecOf(await client.read(catalog)).containers[0]?.image ?? '';
  const opened = stack.move();
  return {
    proxy,
    kubeconfigPath: path,
    scope,
    image,
    client,
    differences: (state) => findDifferences(client, scope, state, image),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

async function findDifferences(
  client: KubeClient,
  scope: DeployLab['scope'],
  state: StateName,
  image: string,
): Promise<string[]> {
  const { namespace } = scope;
  const expected = stateObjects(state, image).map(({ kind, metadata }) => formatRef({ kind, name: metadata.name }));
  const { members, foreign } = await listContent(client, scope);
  const inventory = (await readInventory(client, scope)) ?? [];
  const lease = await client.read(leaseRef(scope));
  const deployments = await client.list({ apiVersion: 'apps/v1', kind: 'Deployment', namespace });
  const settings = await client.read({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'settings' });
  const own = members.map(formatRef);
  return [
    ...compare('objects', own, expected),
    ...compare('inventory', inventory.map(formatRef), [...expected, `Namespace/${namespace}`]),
    ...foreign.map((ref) => `${formatRef(ref)} is without our label`),
    ...deployments.items
      .filter((object) => !isAtState(object, state))
      .map((object) => `${object.metadata.name} is old`),
    ...((settings?.['data'] as { state?: string } | undefined)?.state === state ? [] : ['the ConfigMap is old']),
    ...(lease?.['spec'] !== undefined && 'holderIdentity' in (lease['spec'] as object) ? ['the lease is held'] : []),
  ];
}

function compare(what: string, found: readonly string[], expected: readonly string[]): string[] {
  const [is, wanted] = [found.toSorted().join(' '), expected.toSorted().join(' ')];
  return is === wanted ? [] : [`${what}: ${is}; not ${wanted}`];
}

function isAtState(object: Workload, state: StateName): boolean {
  const { env } = podSpecOf(object).containers[0] as { env?: readonly { readonly value?: string }[] };
  return env?.[0]?.value === state && object.status?.readyReplicas === 1;
}

function podSpecOf(workload: Workload | undefined): PodSpec {
  const { template } = (workload?.['spec'] ?? {}) as { template?: { spec: PodSpec } };
  if (template === undefined) throw new Error('the Deployment is not there');
  return template.spec;
}
