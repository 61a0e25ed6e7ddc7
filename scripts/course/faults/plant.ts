/** Planting a fault, and taking it away with everything it came with. */
import { poll } from '../../verify/poll.ts';
import type { KubeClient } from '../../deploy/kube-client.ts';
import type { KubeObject } from '../../deploy/kube-types.ts';
import { refOf } from '../../deploy/object-ref.ts';
import { readinessOf } from '../../deploy/readiness.ts';
import { removeNamespaces } from '../reset.ts';
import { faultNamespace, type Fault } from './fault.ts';
import { FAULTS } from './faults.ts';
import { TAINT } from './shop-faults.ts';

const READY_TIMEOUT_MS = 120_000;

/** Applies what the fault is made of; one that comes with a change is ready before it is changed. */
export async function plantFault(client: KubeClient, fault: Fault, signal: AbortSignal): Promise<void> {
  const namespace = faultNamespace(fault);
  const objects = fault.objects(namespace);
  for (const object of objects) await client.apply(object, { force: true }, signal);
  if (fault.change === undefined) return;
  const deployment = objects.find(({ kind }) => kind === 'Deployment');
  if (deployment === undefined) throw new Error(`fault ${fault.number} has nothing that could become ready`);
  await poll({ what: `the shop in ${namespace} to be ready`, timeoutMs: READY_TIMEOUT_MS, signal }, async () => {
    const live = await client.read(refOf(deployment), signal);
    if (live === undefined || readinessOf(live).state !== 'ready') throw new Error('it is not ready yet');
  });
  for (const object of fault.change(namespace)) await client.apply(object, { force: true }, signal);
}

/** Takes away whatever faults there are; returns the namespaces that were there. */
export async function removeFaults(client: KubeClient, signal: AbortSignal): Promise<string[]> {
  await healNodes(client, signal);
  return removeNamespaces(client, FAULTS.map(faultNamespace), signal);
}

/** Takes the taint of a fault from every node that has it; other taints stay. */
async function healNodes(client: KubeClient, signal: AbortSignal): Promise<void> {
  const { items } = await client.list({ apiVersion: 'v1', kind: 'Node' }, signal);
  for (const { metadata, spec } of items as readonly Node[]) {
    const others = (spec?.taints ?? []).filter(({ key }) => key !== TAINT.key);
    if (others.length === (spec?.taints ?? []).length) continue;
    const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: metadata.name }, spec: { taints: others } };
    await client.apply(node, { force: true }, signal);
  }
}

interface Node extends KubeObject {
  readonly spec?: { readonly taints?: readonly { readonly key: string }[] };
}
