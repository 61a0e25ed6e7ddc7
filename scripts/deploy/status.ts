/** What runs: for each pattern its Pods, their containers, and what is wrong; plain data, to be printed or sent as JSON. */
import { addDetails, explainObject } from './explain.ts';
import { readHelpers, type HelperStatus } from './helper-status.ts';
import type { KubeClient } from './kube-client.ts';
import type { Container, ContainerStatus, KubeObject, Pod, Workload } from './kube-types.ts';
import { isOwnedBy, readNamespaceState, type NamespaceState } from './namespace-state.ts';
import { formatRef, refOf } from './object-ref.ts';
import { podProblems } from './pod-problems.ts';
import type { Problem } from './problem.ts';
import { readinessOf } from './readiness.ts';

export interface KitStatus {
  readonly server: string;
  readonly namespace: string;
  /** `Active`, `Terminating`, or `Missing`. */
  readonly phase: string;
  readonly patterns: readonly PatternStatus[];
}

export interface PatternStatus {
  /** The label app.kubernetes.io/name. */
  readonly name: string;
  readonly isReady: boolean;
  readonly workloads: readonly { readonly object: string; readonly state: string; readonly message: string }[];
  readonly pods: readonly PodStatus[];
  readonly problems: readonly Problem[];
}

export interface PodStatus {
  readonly name: string;
  /** One word, as in the column STATUS of kubectl. */
  readonly state: string;
  readonly readyContainers: number;
  readonly totalContainers: number;
  readonly restarts: number;
  readonly ageSeconds: number;
  readonly containers: readonly ContainerView[];
  /** The helpers that answer for themselves on their operations port. */
  readonly helpers: readonly HelperStatus[];
}

export interface ContainerView {
  readonly name: string;
  readonly role: 'init' | 'sidecar' | 'main';
  readonly isReady: boolean;
  readonly restarts: number;
  readonly state: string;
}

export interface StatusOptions {
  readonly namespace: string;
  /** Only those with one of these values of the label app.kubernetes.io/name. */
  readonly only?: ReadonlySet<string> | undefined;
  /** The time ages are counted to, in milliseconds since 1970. */
  readonly nowMs: number;
  readonly signal?: AbortSignal;
}

/** Reads everything in parallel; what one helper does not answer is part of the data, never an error. */
export async function collectStatus(client: KubeClient, options: StatusOptions): Promise<KitStatus> {
  const { namespace, only, nowMs, signal } = options;
  const live: Workload | undefined = await client.read(
    { apiVersion: 'v1', kind: 'Namespace', name: namespace },
    signal,
  );
  const base = { server: client.server, namespace };
  if (live === undefined) return { ...base, phase: 'Missing', patterns: [] };

  const state = await readNamespaceState(client, namespace, signal);
  const workloads = [...state.deployments, ...state.statefulSets, ...state.daemonSets, ...state.jobs];
  const names = new Set(
    [...workloads, ...state.pods.filter((pod) => ownerOf(pod, state) === undefined)].map(patternOf),
  );
  const patterns = await Promise.all(
    [...names]
      .filter((name) => only?.has(name) !== false)
      .sort()
      .map(async (name): Promise<PatternStatus> => {
        const own = workloads.filter((workload) => patternOf(workload) === name);
        const pods = state.pods.filter((pod) => patternOf(ownerOf(pod, state) ?? pod) === name);
        const problems = [
          ...own.flatMap((workload) => explainObject(workload, state)),
          ...pods.filter((pod) => ownerOf(pod, state) === undefined).flatMap((pod) => podProblems(pod, state.events)),
        ];
        const helpers = await Promise.all(pods.map((pod) => readHelpers(client, pod, signal)));
        return {
          name,
          isReady: problems.length === 0,
          workloads: own.map((workload) => ({ object: formatRef(refOf(workload)), ...readinessOf(workload) })),
          pods: pods.map((pod, index) => describePod(pod, helpers[index] ?? [], nowMs)),
          problems: await addDetails(client, namespace, problems, signal),
        };
      }),
  );
  return { ...base, phase: live.status?.phase ?? 'Unknown', patterns };
}

/** The label app.kubernetes.io/name, else the name. */
export function patternOf(object: KubeObject): string {
  return object.metadata.labels?.['app.kubernetes.io/name'] ?? object.metadata.name;
}

/** The workload that made the Pod: of a Deployment, by way of its ReplicaSet. */
function ownerOf(pod: Pod, state: NamespaceState): KubeObject | undefined {
  const replicaSet = state.replicaSets.find((candidate) => isOwnedBy(pod, candidate));
  if (replicaSet !== undefined) return state.deployments.find((candidate) => isOwnedBy(replicaSet, candidate));
  return [...state.statefulSets, ...state.daemonSets, ...state.jobs].find((candidate) => isOwnedBy(pod, candidate));
}

function describePod(pod: Pod, helpers: readonly HelperStatus[], nowMs: number): PodStatus {
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  const describe = (container: Container, role: ContainerView['role']): ContainerView => {
    const status = statuses.find(({ name }) => name === container.name);
    return {
      name: container.name,
      role,
      isReady: status?.ready ?? false,
      restarts: status?.restartCount ?? 0,
      state: describeState(status),
    };
  };
  const containers = [
    ...(pod.spec.initContainers ?? []).map((container) =>
      describe(container, container.restartPolicy === 'Always' ? 'sidecar' : 'init'),
    ),
    ...pod.spec.containers.map((container) => describe(container, 'main')),
  ];
  // As kubectl counts: sidecars too, but not init containers, which are done when the Pod is ready.
  const counted = containers.filter(({ role }) => role !== 'init');
  const createdMs = Date.parse(pod.metadata.creationTimestamp ?? '');
  return {
    name: pod.metadata.name,
    state: podState(pod, containers),
    readyContainers: counted.filter(({ isReady }) => isReady).length,
    totalContainers: counted.length,
    restarts: containers.reduce((sum, { restarts }) => sum + restarts, 0),
    ageSeconds: Number.isNaN(createdMs) ? 0 : Math.max(0, Math.round((nowMs - createdMs) / 1_000)),
    containers,
    helpers,
  };
}

function describeState(status: ContainerStatus | undefined): string {
  const { waiting, running, terminated } = status?.state ?? {};
  if (running !== undefined) return 'Running';
  if (terminated !== undefined) return terminated.reason ?? 'Ended';
  return waiting?.reason ?? 'Waiting';
}

function podState(pod: Pod, containers: readonly ContainerView[]): string {
  if (pod.metadata.deletionTimestamp !== undefined) return 'Terminating';
  const harmless = new Set(['Running', 'Completed', 'Waiting', 'PodInitializing']);
  const telling = containers.find(({ state }) => !harmless.has(state));
  return telling?.state ?? pod.status?.reason ?? pod.status?.phase ?? 'Unknown';
}
