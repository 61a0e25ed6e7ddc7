/** What has happened to a Pod, from its status and its events. What is only seen while one looks is added to it. */
import type { KubeEvent } from '../deploy/kube-types.ts';
import { describeEnd } from '../logs/backlog.ts';
import { statusesOf, type XrayPod } from './pod-spec.ts';
import type { EntryKind, TimelineEntry } from './snapshot.ts';

/** Conditions that tell how far a start has come. */
const CONDITIONS: Readonly<Record<string, string>> = {
  PodScheduled: 'has a node',
  PodReadyToStartContainers: 'has its network: the pause process holds it',
  Initialized: 'its sidecars have started',
  Ready: 'is ready',
};

export function readTimeline(pod: XrayPod, events: readonly KubeEvent[]): TimelineEntry[] {
  const { creationTimestamp, deletionTimestamp } = pod.metadata;
  const conditions = (pod.status?.conditions ?? []).filter(({ status }) => status === 'True');
  return [
    ...entry(creationTimestamp, 'state', undefined, 'the Pod is made'),
    ...conditions.flatMap(({ type, lastTransitionTime }) =>
      entry(CONDITIONS[type] && lastTransitionTime, 'state', undefined, `the Pod ${CONDITIONS[type]}`),
    ),
    ...entry(deletionTimestamp, 'state', undefined, 'the Pod is to end', true),
    ...statusesOf(pod).flatMap(({ name, state, lastState, restartCount }) => {
      const end = lastState?.terminated;
      const now = state?.terminated;
      const started = restartCount > 0 ? `started again, restarts: ${restartCount}` : 'started';
      return [
        ...entry(end?.finishedAt, 'restart', name, end === undefined ? '' : describeEnd(end), true),
        ...entry(state?.running?.startedAt, restartCount > 0 ? 'restart' : 'state', name, started),
        ...entry(now?.finishedAt, 'state', name, now === undefined ? '' : describeEnd(now), now?.exitCode !== 0),
      ];
    }),
    ...events
      .filter(({ involvedObject }) => involvedObject?.uid === pod.metadata.uid)
      .flatMap((event) => {
        const { type, reason = 'Event', message = '', count = 1, lastTimestamp, eventTime, involvedObject } = event;
        const container = /\{(.+)\}/.exec(involvedObject?.fieldPath ?? '')?.[1];
        const times = count > 1 ? ` (${count} times)` : '';
        const kind = reason === 'Unhealthy' ? 'probe' : 'event';
        return entry(
          lastTimestamp ?? eventTime ?? event.metadata.creationTimestamp,
          kind,
          container,
          `${reason}: ${message}${times}`,
          type === 'Warning',
        );
      }),
  ];
}

function entry(
  at: string | null | undefined,
  kind: EntryKind,
  container: string | undefined,
  text: string,
  isBad = false,
): TimelineEntry[] {
  return at ? [{ at: new Date(at).toISOString(), kind, container, text, isBad }] : [];
}
