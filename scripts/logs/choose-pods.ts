/** Which Pods a name means, and the containers of them that have written something. */
import { AppError } from '../../apps/runtime/src/errors.ts';
import type { ContainerStatus, Pod } from '../deploy/kube-types.ts';
import type { LogSource } from './log-line.ts';

/** A container of a Pod, with what the cluster says of it. */
export interface LoggedContainer {
  readonly source: LogSource;
  readonly status: ContainerStatus;
}

/** The pattern that a Pod belongs to, by its label; its own name where it has none. */
export function patternOf({ metadata }: Pod): string {
  return metadata.labels?.['app.kubernetes.io/name'] ?? metadata.name;
}

/**
 * All Pods; those of the pattern of that name, so that `adapter` does not mean `adapter-batch` too; or those whose own
 * name begins with it.
 */
export function choosePods(pods: readonly Pod[], name: string | undefined): Pod[] {
  if (name === undefined) return [...pods];
  const ofPattern = pods.filter((pod) => patternOf(pod) === name);
  return ofPattern.length > 0 ? ofPattern : pods.filter(({ metadata }) => metadata.name.startsWith(name));
}

/** Throws OBJECT_ABSENT, with the patterns there are. */
export function requirePods(pods: readonly Pod[], name: string | undefined, namespace: string): Pod[] {
  const chosen = choosePods(pods, name);
  if (chosen.length > 0) return chosen;
  const patterns = [...new Set(pods.map(patternOf))].sort().join(', ');
  throw new AppError(
    'OBJECT_ABSENT',
    name === undefined
      ? `there are no Pods in the namespace ${namespace}`
      : `no pattern is called "${name}" in the namespace ${namespace}, and no Pod's name begins with it`,
    patterns === '' ? 'Start them: npm run up' : `There are: ${patterns}`,
  );
}

/** Those that have run at least once; the others have no log yet. */
export function loggedContainers(pod: Pod): LoggedContainer[] {
  const { initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {};
  return [...initContainerStatuses, ...containerStatuses]
    .filter(({ containerID, lastState }) => containerID !== undefined || lastState?.terminated !== undefined)
    .map((status) => ({
      source: { pattern: patternOf(pod), pod: pod.metadata.name, container: status.name },
      status,
    }));
}
