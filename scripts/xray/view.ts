/** The snapshot, put together out of what the cluster, the probes and the logs have said. */
import type { KubeEvent } from '../deploy/kube-types.ts';
import { patternOf } from '../logs/choose-pods.ts';
import { viewLanes, viewPod, type Checks } from './lanes.ts';
import { viewNetwork } from './network.ts';
import type { PodProbes } from './pod-probes.ts';
import { containersOf, holdsSecret, isRunning, statusesOf, type XrayPod } from './pod-spec.ts';
import { containerOf, viewProcesses, type ProcessContext } from './processes.ts';
import type { ProcessView, Snapshot, TimelineEntry, Trace, TwinView } from './snapshot.ts';
import { readTimeline } from './timeline.ts';
import { viewVolumes } from './volumes.ts';

export interface Observed {
  readonly pod: XrayPod;
  readonly probes: Pick<PodProbes, 'readings' | 'faults'>;
  readonly events: readonly KubeEvent[];
  readonly checks: Checks;
  /** Seen while looking. */
  readonly seen: readonly TimelineEntry[];
  readonly trace: Trace | undefined;
  readonly twin: { readonly pod: XrayPod; readonly probes: Pick<PodProbes, 'readings'> } | undefined;
}

const MAX_ENTRIES = 250;

export function viewSnapshot(observed: Observed, takenAtMs: number): Omit<Snapshot, 'actions'> {
  const { pod, probes, events, checks, seen, trace, twin } = observed;
  const lanes = viewLanes(pod, checks);
  const files = new Map([...probes.readings].map(([container, reading]) => [container, reading.files]));
  return {
    version: 1,
    takenAt: new Date(takenAtMs).toISOString(),
    namespace: pod.metadata.namespace ?? '',
    pod: viewPod(pod, lanes, patternOf(pod)),
    lanes,
    volumes: viewVolumes(pod, files),
    network: viewNetwork({ sockets: newestSockets(probes), owners: ownersOf(pod, probes) }),
    processes: processesOf(pod, probes),
    twin: twin && viewTwin(twin),
    timeline: [...readTimeline(pod, events), ...seen]
      .sort((one, other) => one.at.localeCompare(other.at))
      .slice(-MAX_ENTRIES),
    trace,
    notes: notesOn(pod, probes),
  };
}

function viewTwin({ pod, probes }: NonNullable<Observed['twin']>): TwinView {
  const { state } = viewPod(pod, viewLanes(pod, {}), '');
  return { name: pod.metadata.name, state, processes: processesOf(pod, probes) };
}

function processesOf(pod: XrayPod, { readings }: Pick<PodProbes, 'readings'>): ProcessView {
  // In the order of the lanes, not in that of the answers.
  const inOrder = containersOf(pod).flatMap(({ name }) => {
    const reading = readings.get(name);
    return reading === undefined ? [] : [{ container: name, processes: reading.processes }];
  });
  return viewProcesses(inOrder, contextOf(pod));
}

function contextOf(pod: XrayPod): ProcessContext {
  return {
    isShared: pod.spec.shareProcessNamespace === true,
    names: new Map(statusesOf(pod).map(({ name, containerID = '' }) => [containerID.replace(/^.*:\/\//, ''), name])),
    secretive: new Set(containersOf(pod).flatMap((container) => (holdsSecret(container, pod) ? [container.name] : []))),
  };
}

/** All containers see the same sockets. */
function newestSockets({ readings }: Pick<PodProbes, 'readings'>) {
  return [...readings.values()].at(-1)?.sockets ?? [];
}

function ownersOf(pod: XrayPod, { readings }: Pick<PodProbes, 'readings'>): Map<string, string> {
  const context = contextOf(pod);
  const owners = new Map<string, string>();
  for (const [container, { socketPids, processes }] of readings) {
    for (const [inode, pid] of socketPids) {
      const entry = processes.find((candidate) => candidate.pid === pid);
      owners.set(inode, entry === undefined ? container : containerOf(entry, container, context));
    }
  }
  return owners;
}

function notesOn(pod: XrayPod, { readings, faults }: Pick<PodProbes, 'readings' | 'faults'>): string[] {
  const dark = containersOf(pod).filter(({ name }) => isRunning(pod, name) && !readings.has(name));
  return [
    ...dark.map(({ name }) => `${name}: cannot look inside (${faults.get(name) ?? 'no answer yet'})`),
    ...(pod.spec.shareProcessNamespace === true
      ? []
      : ['The process namespace is not shared: each container sees its own processes only, and none sees pause.']),
  ];
}
