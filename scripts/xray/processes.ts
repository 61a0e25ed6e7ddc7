/** The processes of a Pod as trees, each process with the container it belongs to. */
import { constants } from 'node:os';
import type { ProcessEntry } from './parse-probe.ts';
import type { ProcessNode, ProcessView } from './snapshot.ts';

export interface ContainerProcesses {
  readonly container: string;
  readonly processes: readonly ProcessEntry[];
}

export interface ProcessContext {
  readonly isShared: boolean;
  /** Names of containers by their IDs, without `containerd://`. */
  readonly names: ReadonlyMap<string, string>;
  /** Containers that hold a Secret: an argument of theirs may be its value, so only the program is shown. */
  readonly secretive: ReadonlySet<string>;
}

/** Found at the beginning of the command line of the x-ray's own shells: probe.sh begins with it. */
export const PROBE_NAME = 'pod-xray-probe';

/** Signals that people send to a program. */
const SHOWN_SIGNALS = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGTERM', 'SIGWINCH'] as const;

/** Of a shared namespace each container sees all processes: the first answer will do. */
export function viewProcesses(readings: readonly ContainerProcesses[], context: ProcessContext): ProcessView {
  const chosen = context.isShared ? readings.slice(0, 1) : readings;
  const trees = chosen.map(({ container, processes }) => {
    const own = ownProcesses(processes);
    const kept = processes.filter(({ pid }) => !own.has(pid));
    return { leftOut: own.size, nodes: treeOf(kept, container, context) };
  });
  return {
    isShared: context.isShared,
    processes: trees.flatMap(({ nodes }) => nodes),
    leftOut: trees.reduce((sum, { leftOut }) => sum + leftOut, 0),
  };
}

/**
 * The name of the container that a process belongs to, by its control group. `otherwise`, where that is not told: the
 * parent's, for a process that has ended meanwhile; or of the container that looked.
 */
export function containerOf(entry: ProcessEntry, otherwise: string, { isShared, names }: ProcessContext): string {
  if (!isShared || entry.group === '') return otherwise;
  const id = [...names.keys()].find((candidate) => entry.group.includes(candidate));
  // In none of the containers: the Pod's own.
  return (id !== undefined && names.get(id)) || 'pause';
}

/** The shells of the x-ray and what they start. */
function ownProcesses(processes: readonly ProcessEntry[]): Set<number> {
  const own = new Set(processes.filter(({ command }) => command.includes(PROBE_NAME)).map(({ pid }) => pid));
  for (let before = -1; before !== own.size;) {
    before = own.size;
    for (const { pid, parentPid } of processes) if (own.has(parentPid)) own.add(pid);
  }
  return own;
}

function treeOf(processes: readonly ProcessEntry[], seenBy: string, context: ProcessContext): ProcessNode[] {
  const pids = new Set(processes.map(({ pid }) => pid));
  const children = (parent: number | undefined) =>
    processes
      .filter(({ parentPid }) => (parent === undefined ? !pids.has(parentPid) : parentPid === parent))
      .toSorted((one, other) => one.pid - other.pid);
  const visit = (entry: ProcessEntry, depth: number, above: string): ProcessNode[] => {
    const { pid, parentPid, name, uid } = entry;
    const container = containerOf(entry, above, context);
    const command = entry.command === '' ? name : entry.command;
    return [
      {
        ...{ pid, parentPid, name, uid, container, depth },
        command: context.secretive.has(container) ? (command.split(' ')[0] ?? name) : command,
        handles: SHOWN_SIGNALS.filter((signal) => entry.caughtSignals.includes(constants.signals[signal])),
      },
      ...children(pid).flatMap((child) => visit(child, depth + 1, container)),
    ];
  };
  return children(undefined).flatMap((root) => visit(root, 0, seenBy));
}
