/** Everything of a namespace that is not as it should be, and what only looks so. */
import { AppError } from '../../apps/runtime/src/errors.ts';
import { addDetails, explainObject } from './explain.ts';
import type { KubeClient } from './kube-client.ts';
import type { KubeObject, Pod } from './kube-types.ts';
import { currentPodsOf, readNamespaceState, workloadsOf, type NamespaceState } from './namespace-state.ts';
import { formatRef, refOf } from './object-ref.ts';
import { podProblems } from './pod-problems.ts';
import type { Problem } from './problem.ts';
import { serviceProblems } from './service-problems.ts';

export interface Explanation {
  /** The objects that were looked at. */
  readonly objects: readonly string[];
  readonly problems: readonly Problem[];
  /** What looks like a problem and is none. */
  readonly notes: readonly string[];
}

export interface ExplainOptions {
  readonly namespace: string;
  /** A Pod, `Kind/name`, or the beginning of a name; undefined for everything. */
  readonly name: string | undefined;
  readonly signal?: AbortSignal;
}

/** Throws OBJECT_ABSENT, with the names there are, if nothing has that name. */
export async function explainNamespace(client: KubeClient, options: ExplainOptions): Promise<Explanation> {
  const { namespace, name, signal } = options;
  const state = await readNamespaceState(client, namespace, signal);
  const { items: services } = await client.list({ apiVersion: 'v1', kind: 'Service', namespace }, signal);
  const all = [...workloadsOf(state), ...services];
  const chosen = all.filter((object) => isMeant(object, name));
  if (name !== undefined && chosen.length === 0) throw absent(name, namespace, state.pods);

  const problems = chosen.flatMap((object) => problemsOf(object, chosen, state));
  return {
    objects: chosen.map((object) => formatRef(refOf(object))),
    problems: await addDetails(client, namespace, problems, signal),
    notes: chosen.flatMap((object) => noteOn(object, state) ?? []),
  };
}

function isMeant({ kind, metadata }: KubeObject, name: string | undefined): boolean {
  if (name === undefined) return true;
  const [wantedKind, wantedName] = name.includes('/') ? name.split('/') : [undefined, name];
  if (wantedKind !== undefined && wantedKind.toLowerCase() !== kind.toLowerCase()) return false;
  return metadata.name.startsWith(wantedName ?? '');
}

/** A Pod is explained with the workload that made it, if that was asked for too. */
function problemsOf(object: KubeObject, chosen: readonly KubeObject[], state: NamespaceState): Problem[] {
  if (object.kind === 'Service') return serviceProblems(object, state.pods);
  if (isWaitingForFirstPod(object, state)) return [];
  if (object.kind !== 'Pod') return explainObject(object, state);
  const isCovered = chosen.some((other) => other.kind !== 'Pod' && currentPodsOf(other, state).includes(object as Pod));
  return isCovered ? [] : podProblems(object as Pod, state.events);
}

function noteOn(object: KubeObject, state: NamespaceState): string | undefined {
  const name = formatRef(refOf(object));
  if (isWaitingForFirstPod(object, state)) {
    return `${name} is pending, which is normal: its storage class makes the volume when the first Pod uses the claim.`;
  }
  if (object.kind === 'Service' && isPendingLoadBalancer(object)) {
    return `${name} has no external address, which is normal here: a load balancer comes from a cloud, or from a provider such as cloud-provider-kind.`;
  }
  return undefined;
}

/** The volume binder says so in an event; a claim with a class that does not exist is pending too. */
function isWaitingForFirstPod({ kind, metadata, ...object }: KubeObject, { events }: NamespaceState): boolean {
  if (kind !== 'PersistentVolumeClaim') return false;
  const { phase } = (object['status'] ?? {}) as { phase?: string };
  const isToldSo = events.some(
    ({ reason, involvedObject }) => reason === 'WaitForFirstConsumer' && involvedObject?.uid === metadata.uid,
  );
  return phase === 'Pending' && isToldSo;
}

function isPendingLoadBalancer(object: KubeObject): boolean {
  const { type } = (object['spec'] ?? {}) as { type?: string };
  const { loadBalancer } = (object['status'] ?? {}) as { loadBalancer?: { ingress?: readonly unknown[] } };
  return type === 'LoadBalancer' && (loadBalancer?.ingress ?? []).length === 0;
}

function absent(name: string, namespace: string, pods: readonly Pod[]): AppError {
  const names = pods.map(({ metadata }) => metadata.name).join(', ');
  return new AppError(
    'OBJECT_ABSENT',
    `nothing in the namespace ${namespace} has a name that begins with "${name}"`,
    names === '' ? 'There are no Pods in it: npm run up' : `Its Pods are: ${names}`,
  );
}
