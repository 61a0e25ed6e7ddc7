/** What is wrong with one Pod, from its status and its events. */
import { signalOf } from './container-end.ts';
import { conditionOf, type ContainerState, type ContainerStatus, type KubeEvent, type Pod } from './kube-types.ts';
import { isProblemCode, makeProblem, type Facts, type Problem, type ProblemCode } from './problem.ts';

/** Restarts after which a crash is no accident any more. */
const MAX_ACCIDENTS = 3;

/** Different words of the kubelet for one thing: it alternates between them from one attempt to the next. */
const SAME_AS: Readonly<Record<string, ProblemCode>> = {
  ImagePullBackOff: 'ErrImagePull',
  ImageInspectError: 'ErrImagePull',
  RegistryUnavailable: 'ErrImagePull',
  StartError: 'RunContainerError',
  ContainerCannotRun: 'RunContainerError',
  PreCreateHookError: 'CreateContainerError',
  PostStartHookError: 'RunContainerError',
};

/** Empty for a Pod that is ready, has completed, or is being deleted. */
export function podProblems(pod: Pod, events: readonly KubeEvent[]): Problem[] {
  const { status, spec, metadata } = pod;
  if (metadata.deletionTimestamp !== undefined || status?.phase === 'Succeeded') return [];
  const ref = { kind: 'Pod', namespace: metadata.namespace, name: metadata.name };
  const own = events.filter(({ involvedObject }) => involvedObject?.uid === metadata.uid);
  if (status?.phase === 'Failed') {
    return [makeProblem('PodFailed', { ref, message: [status.reason, status.message].filter(Boolean).join(': ') })];
  }
  const scheduled = conditionOf(pod, 'PodScheduled');
  if (scheduled?.status === 'False') {
    return [makeProblem('Unschedulable', { ref, message: scheduled.message, event: newest(own, 'FailedScheduling') })];
  }

  const containers = [...(spec.initContainers ?? []), ...spec.containers];
  const statuses = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  const problems = containers.flatMap((container) => {
    const current = statuses.find(({ name }) => name === container.name);
    if (current === undefined) return [];
    const isInit = spec.initContainers?.includes(container) === true && container.restartPolicy !== 'Always';
    const list = spec.initContainers?.includes(container) === true ? 'initContainers' : 'containers';
    const facts: Facts = { ref, container: container.name, list, image: container.image };
    const restartPolicy = container.restartPolicy ?? spec.restartPolicy ?? 'Always';
    const events = own.filter(({ involvedObject }) => involvedObject?.fieldPath?.includes(`{${container.name}}`));
    return containerProblems(current, { isInit, restartPolicy }, facts, events);
  });
  if (problems.length > 0) return problems;
  return conditionOf(pod, 'Ready')?.status === 'True' ? [] : [waitingProblem(ref, own)];
}

function containerProblems(
  status: ContainerStatus,
  { isInit, restartPolicy }: { readonly isInit: boolean; readonly restartPolicy: string },
  facts: Facts,
  events: readonly KubeEvent[],
): Problem[] {
  const { waiting, running, terminated } = status.state ?? {};
  const event = newest(events);
  if (waiting !== undefined) {
    const reason = waiting.reason ?? '';
    if (reason === 'CrashLoopBackOff') {
      return [endedProblem(status.lastState?.terminated, status.restartCount, { ...facts, event })];
    }
    const code = codeOf(reason);
    // PodInitializing and ContainerCreating are no problems of this container.
    return code === undefined ? [] : [makeProblem(code, { ...facts, message: waiting.message, event })];
  }
  if (terminated !== undefined) {
    if (isInit && terminated.exitCode === 0) return [];
    // For most of the pause before the next start the kubelet shows how the container ended, not CrashLoopBackOff.
    const isRestarted = restartPolicy === 'Always' || (restartPolicy === 'OnFailure' && terminated.exitCode !== 0);
    const restarts = isRestarted && status.restartCount > 0 ? status.restartCount : undefined;
    return [endedProblem(terminated, restarts, { ...facts, event })];
  }
  if (running === undefined) return [];
  if (isInit) return [makeProblem('InitRunning', facts)];
  const probe = newest(events, 'Unhealthy');
  if (status.started === false) return [makeProblem('NotStarted', { ...facts, message: probe })];
  return status.ready ? [] : [makeProblem('NotReady', { ...facts, message: probe })];
}

/** Our word for the kubelet's; undefined if that names no problem. */
function codeOf(reason = ''): ProblemCode | undefined {
  const code = SAME_AS[reason] ?? reason;
  return isProblemCode(code) ? code : undefined;
}

/** `restarts` is undefined for a container that is not started again, or not yet. */
function endedProblem(end: ContainerState['terminated'], restarts: number | undefined, facts: Facts): Problem {
  const code = codeOf(end?.reason);
  if (code !== undefined) return makeProblem(code, { ...facts, message: end?.message });
  if (restarts === undefined) return makeProblem('ContainerEnded', { ...facts, message: describeEnd(end) });
  const message = `${describeEnd(end)}; restarts: ${restarts}`;
  return makeProblem(restarts < MAX_ACCIDENTS ? 'Restarting' : 'CrashLoopBackOff', { ...facts, message });
}

function describeEnd(end: ContainerState['terminated']): string {
  if (end === undefined) return 'the cluster does not say how';
  const signal = signalOf(end);
  const how = signal > 0 ? `killed by signal ${signal}` : `exit code ${end.exitCode}`;
  const why = end.reason !== undefined && !['Error', 'Completed'].includes(end.reason) ? ` (${end.reason})` : '';
  return `${how}${why}`;
}

/** For a Pod of which no container says anything: its events do, if anything does. */
function waitingProblem(ref: Facts['ref'], events: readonly KubeEvent[]): Problem {
  for (const [reason, code] of [
    ['FailedMount', 'FailedMount'],
    ['FailedAttachVolume', 'FailedMount'],
    ['FailedCreatePodSandBox', 'FailedCreatePodSandBox'],
  ] as const) {
    const message = newest(events, reason);
    if (message !== undefined) return makeProblem(code, { ref, message });
  }
  return makeProblem('Waiting', { ref, message: 'its containers are being created' });
}

/** The newest event, or the newest with that reason, as `Reason: message`. */
export function newest(events: readonly KubeEvent[], reason?: string): string | undefined {
  const timeOf = ({ lastTimestamp, eventTime, metadata }: KubeEvent) =>
    lastTimestamp ?? eventTime ?? metadata.creationTimestamp ?? '';
  const [event] = events
    .filter((candidate) => reason === undefined || candidate.reason === reason)
    .toSorted((a, b) => timeOf(b).localeCompare(timeOf(a)));
  return event && `${event.reason ?? 'Event'}: ${event.message ?? ''}`;
}
