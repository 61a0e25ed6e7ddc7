/** Objects as a cluster shows them, for tests: a Deployment with its ReplicaSet and Pods, and the pieces of them. */
import type { Container, ContainerState, ContainerStatus, KubeEvent, Pod, Workload } from '../kube-types.ts';
import type { NamespaceState } from '../namespace-state.ts';

const NAMESPACE = 'kit';

export const EMPTY_STATE: NamespaceState = {
  deployments: [],
  replicaSets: [],
  statefulSets: [],
  daemonSets: [],
  jobs: [],
  claims: [],
  pods: [],
  events: [],
};

const REVISION = 'deployment.kubernetes.io/revision';

/** A Deployment of generation 2 whose rollout is complete; `status` and `spec` change that. */
export function makeDeployment(name: string, parts: Pick<Workload, 'status' | 'spec'> = {}): Workload {
  const { spec = {}, status = {} } = parts;
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name,
      namespace: NAMESPACE,
      uid: `deployment-${name}`,
      generation: 2,
      labels: { 'app.kubernetes.io/name': name },
      annotations: { [REVISION]: '2' },
    },
    spec: { replicas: 1, ...spec },
    status: {
      observedGeneration: 2,
      replicas: 1,
      updatedReplicas: 1,
      readyReplicas: 1,
      availableReplicas: 1,
      ...status,
    },
  };
}

export const UNREADY = { readyReplicas: 0, availableReplicas: 0 };

export function makeReplicaSet(deployment: Workload, revision = 2, parts: Pick<Workload, 'status'> = {}): Workload {
  const { name, uid = '' } = deployment.metadata;
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${name}-${revision}`,
      namespace: NAMESPACE,
      uid: `replicaset-${name}-${revision}`,
      annotations: { [REVISION]: `${revision}` },
      ownerReferences: [{ kind: 'Deployment', name, uid }],
    },
    ...parts,
  };
}

export interface ContainerParts extends Partial<ContainerStatus> {
  readonly container?: Partial<Container>;
  readonly isInit?: boolean;
}

/** A running, ready container unless told otherwise. */
export function makePod(
  owner: Workload | undefined,
  containers: Readonly<Record<string, ContainerParts>>,
  parts: { readonly status?: Pod['status']; readonly metadata?: Partial<Pod['metadata']> } = {},
): Pod {
  const entries = Object.entries(containers).map(([name, { container = {}, isInit = false, ...status }]) => ({
    isInit,
    spec: { name, image: `pod-patterns/${name}:1`, ...container },
    status: { name, ready: true, started: true, restartCount: 0, state: { running: {} }, ...status },
  }));
  const inits = entries.filter(({ isInit }) => isInit);
  const mains = entries.filter(({ isInit }) => !isInit);
  const isReady = entries.every(({ status }) => status.ready);
  const name = `${owner?.metadata.name ?? 'alone'}-x`;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: NAMESPACE,
      uid: `pod-${name}`,
      creationTimestamp: '2026-11-23T10:00:00Z',
      ownerReferences:
        owner === undefined ? [] : [{ kind: owner.kind, name: owner.metadata.name, uid: owner.metadata.uid ?? '' }],
      ...parts.metadata,
    },
    spec: { containers: mains.map(({ spec }) => spec), initContainers: inits.map(({ spec }) => spec) },
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False' }],
      containerStatuses: mains.map(({ status }) => status),
      initContainerStatuses: inits.map(({ status }) => status),
      ...parts.status,
    },
  };
}

export function waiting(reason: string, message?: string): { readonly ready: false; readonly state: ContainerState } {
  return { ready: false, state: { waiting: { reason, ...(message !== undefined && { message }) } } };
}

export function makeEvent(
  about: { readonly kind: string; readonly metadata: { readonly name: string; readonly uid?: string } },
  reason: string,
  message: string,
  { container, at = '2026-11-23T10:00:00Z' }: { readonly container?: string; readonly at?: string } = {},
): KubeEvent {
  const { kind, metadata } = about;
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${metadata.name}.${reason}.${at}`, namespace: NAMESPACE },
    type: 'Warning',
    reason,
    message,
    lastTimestamp: at,
    involvedObject: {
      kind,
      name: metadata.name,
      uid: metadata.uid ?? '',
      ...(container !== undefined && { fieldPath: `spec.containers{${container}}` }),
    },
  };
}
