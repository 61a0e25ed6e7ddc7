/** The containers of a Pod as the cluster describes them. */
import { describeEnd } from '../logs/backlog.ts';
import { conditionOf, type ContainerStatus } from '../deploy/kube-types.ts';
import { containersOf, statusesOf, type ContainerSpec, type ProbeSpec, type XrayPod } from './pod-spec.ts';
import type { Lane, PodFacts, Role } from './snapshot.ts';

export type Checks = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** The Pod's own process first: it holds the network namespace before any container is there. */
export function viewLanes(pod: XrayPod, checks: Checks): Lane[] {
  return [pauseLane(pod), ...containersOf(pod).map((container) => viewLane(pod, container, checks))];
}

export function viewPod(pod: XrayPod, lanes: readonly Lane[], pattern: string): PodFacts {
  const counted = lanes.filter(({ role }) => role === 'main' || role === 'sidecar');
  return {
    name: pod.metadata.name,
    pattern,
    state: podState(pod, lanes),
    readyContainers: counted.filter(({ isReady }) => isReady).length,
    totalContainers: counted.length,
    restarts: lanes.reduce((sum, { restarts }) => sum + restarts, 0),
    createdAt: pod.metadata.creationTimestamp ?? '',
    node: pod.spec.nodeName,
    address: pod.status?.podIP,
    sharesProcesses: pod.spec.shareProcessNamespace === true,
  };
}

function pauseLane(pod: XrayPod): Lane {
  const condition = conditionOf(pod, 'PodReadyToStartContainers');
  const isThere = condition?.status === 'True';
  return {
    ...{ name: 'pause', role: 'pause', restarts: 0, ports: [], probes: [], requests: {}, limits: {}, checks: {} },
    state: isThere ? 'Running' : 'Absent',
    isReady: isThere,
    startedAt: isThere ? condition.lastTransitionTime : undefined,
  };
}

function viewLane(pod: XrayPod, container: ContainerSpec, checks: Checks): Lane {
  const status = statusesOf(pod).find(({ name }) => name === container.name);
  const end = status?.state?.terminated ?? status?.lastState?.terminated;
  const { startupProbe, readinessProbe, livenessProbe } = container;
  const probes = { startup: startupProbe, readiness: readinessProbe, liveness: livenessProbe };
  return {
    name: container.name,
    role: roleOf(pod, container),
    state: stateOf(status),
    isReady: status?.ready ?? false,
    restarts: status?.restartCount ?? 0,
    startedAt: status?.state?.running?.startedAt,
    lastEnd: end && { how: describeEnd(end), at: end.finishedAt ?? '' },
    image: container.image,
    uid: container.securityContext?.runAsUser ?? pod.spec.securityContext?.runAsUser,
    ports: (container.ports ?? []).map(({ name, containerPort }) => `${containerPort}${name ? ` ${name}` : ''}`),
    probes: Object.entries(probes).flatMap(([kind, probe]) =>
      probe === undefined ? [] : [{ kind: kind as keyof typeof probes, text: describeProbe(probe) }],
    ),
    requests: container.resources?.requests ?? {},
    limits: container.resources?.limits ?? {},
    checks: checks[container.name] ?? {},
  };
}

function roleOf({ spec }: XrayPod, container: ContainerSpec): Role {
  if (spec.ephemeralContainers?.includes(container) === true) return 'debug';
  if (spec.initContainers?.includes(container) !== true) return 'main';
  return container.restartPolicy === 'Always' ? 'sidecar' : 'init';
}

/** One word, as kubectl shows it. */
function stateOf(status: ContainerStatus | undefined): string {
  const { waiting, running, terminated } = status?.state ?? {};
  if (running !== undefined) return status?.started === false ? 'Starting' : 'Running';
  if (terminated !== undefined) return terminated.reason ?? 'Ended';
  return waiting?.reason ?? 'Waiting';
}

function podState(pod: XrayPod, lanes: readonly Lane[]): string {
  if (pod.metadata.deletionTimestamp !== undefined) return 'Terminating';
  const harmless = new Set(['Running', 'Starting', 'Completed', 'Waiting', 'PodInitializing', 'Absent']);
  const telling = lanes.find(({ state }) => !harmless.has(state));
  return telling?.state ?? pod.status?.reason ?? pod.status?.phase ?? 'Unknown';
}

function describeProbe({ httpGet, tcpSocket, grpc, exec, ...probe }: ProbeSpec): string {
  const what =
    (httpGet && `GET :${httpGet.port}${httpGet.path ?? '/'}`) ??
    (tcpSocket && `connects to :${tcpSocket.port}`) ??
    (grpc && `gRPC :${grpc.port}`) ??
    `runs ${exec?.command?.[0] ?? 'a program'} in it`;
  return `${what}, every ${probe.periodSeconds ?? 10} s, ${probe.failureThreshold ?? 3} may fail`;
}
