/** All objects of a namespace that say something about its workloads: read once, or followed live. */
import { followObjects } from './follow.ts';
import type { KubeClient } from './kube-client.ts';
import type { KubeEvent, KubeObject, Pod, Workload } from './kube-types.ts';
import type { ObjectRef } from './object-ref.ts';

export interface NamespaceState {
  readonly deployments: readonly Workload[];
  readonly replicaSets: readonly Workload[];
  readonly statefulSets: readonly Workload[];
  readonly daemonSets: readonly Workload[];
  readonly jobs: readonly Workload[];
  readonly claims: readonly Workload[];
  readonly pods: readonly Pod[];
  readonly events: readonly KubeEvent[];
}

const TYPES = {
  deployments: { apiVersion: 'apps/v1', kind: 'Deployment' },
  replicaSets: { apiVersion: 'apps/v1', kind: 'ReplicaSet' },
  statefulSets: { apiVersion: 'apps/v1', kind: 'StatefulSet' },
  daemonSets: { apiVersion: 'apps/v1', kind: 'DaemonSet' },
  jobs: { apiVersion: 'batch/v1', kind: 'Job' },
  claims: { apiVersion: 'v1', kind: 'PersistentVolumeClaim' },
  pods: { apiVersion: 'v1', kind: 'Pod' },
  events: { apiVersion: 'v1', kind: 'Event' },
} as const satisfies Record<keyof NamespaceState, Pick<ObjectRef, 'apiVersion' | 'kind'>>;

const FIELDS = Object.keys(TYPES) as (keyof NamespaceState)[];

/** The state at this moment. */
export async function readNamespaceState(
  client: KubeClient,
  namespace: string,
  signal?: AbortSignal,
): Promise<NamespaceState> {
  const entries = await Promise.all(
    FIELDS.map(async (field) => [field, (await client.list({ ...TYPES[field], namespace }, signal)).items] as const),
  );
  return Object.fromEntries(entries) as unknown as NamespaceState;
}

export interface FollowStateOptions {
  readonly namespace: string;
  /** Called at every change, once all kinds have been listed. */
  readonly onChange: (state: NamespaceState) => void;
  readonly onTrouble?: (reason: string) => void;
  readonly signal: AbortSignal;
}

/** Follows the state until the signal aborts; resolves then. Throws if the cluster refuses one of the lists. */
export async function followNamespaceState(client: KubeClient, options: FollowStateOptions): Promise<void> {
  const { namespace, onChange, onTrouble, signal } = options;
  const state: Partial<Record<keyof NamespaceState, readonly KubeObject[]>> = {};
  await Promise.all(
    FIELDS.map((field) =>
      followObjects(
        client,
        { ...TYPES[field], namespace },
        {
          onChange: (objects) => {
            state[field] = objects;
            if (Object.keys(state).length === FIELDS.length) onChange({ ...state } as unknown as NamespaceState);
          },
          ...(onTrouble && { onTrouble }),
          signal,
        },
      ),
    ),
  );
}

/** All objects that can be waited for. */
export function workloadsOf(state: NamespaceState): readonly KubeObject[] {
  return [
    ...state.deployments,
    ...state.statefulSets,
    ...state.daemonSets,
    ...state.jobs,
    ...state.claims,
    ...state.pods,
  ];
}

/**
 * The Pods of a workload that run its present spec. Of a Deployment those are the Pods of the ReplicaSet with the
 * Deployment's own revision; the controller writes that revision before it reports the generation as observed, so
 * until then there are none, and a failing Pod of an older version is never taken for a new one.
 */
export function currentPodsOf(workload: KubeObject, state: NamespaceState): readonly Pod[] {
  if (workload.kind === 'Pod') return state.pods.filter(({ metadata }) => metadata.uid === workload.metadata.uid);
  const owner = workload.kind === 'Deployment' ? currentReplicaSetOf(workload, state) : workload;
  return owner === undefined ? [] : state.pods.filter((pod) => isOwnedBy(pod, owner));
}

export function currentReplicaSetOf(deployment: Workload, state: NamespaceState): Workload | undefined {
  const { generation = 0 } = deployment.metadata;
  if ((deployment.status?.observedGeneration ?? 0) < generation) return undefined;
  const revision = deployment.metadata.annotations?.[REVISION];
  return state.replicaSets.find(
    (replicaSet) => isOwnedBy(replicaSet, deployment) && replicaSet.metadata.annotations?.[REVISION] === revision,
  );
}

const REVISION = 'deployment.kubernetes.io/revision';

export function isOwnedBy(object: KubeObject, owner: KubeObject): boolean {
  return object.metadata.ownerReferences?.some(({ uid }) => uid === owner.metadata.uid) ?? false;
}
