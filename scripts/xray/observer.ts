/**
 * Looks at one Pod, or at the one that replaces it, for as long as somebody watches: its object and events by watches,
 * its insides by probes, its logs for signals and for the request that is followed.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeConfig } from '@kubernetes/client-node';
import { followObjects } from '../deploy/follow.ts';
import { readHelpers } from '../deploy/helper-status.ts';
import type { KubeClient } from '../deploy/kube-client.ts';
import type { KubeEvent, KubeObject } from '../deploy/kube-types.ts';
import { loggedContainers } from '../logs/choose-pods.ts';
import { followContainer, type ContainerFollower } from '../logs/follow-container.ts';
import type { LogLine } from '../logs/log-line.ts';
import { choosePod, twinOf } from './choose-pod.ts';
import type { Checks } from './lanes.ts';
import { readSignal, readStep } from './log-signs.ts';
import { createPodProbes, type PodProbes } from './pod-probes.ts';
import type { XrayPod } from './pod-spec.ts';
import { createSightings } from './sightings.ts';
import type { Snapshot, TimelineEntry, Trace, TraceStep } from './snapshot.ts';
import { viewSnapshot } from './view.ts';

export interface ObserverOptions {
  readonly client: KubeClient;
  readonly kubeConfig: KubeConfig;
  readonly namespace: string;
  /** A pattern, or the beginning of a Pod's name. */
  readonly name: string;
  readonly now: () => number;
  readonly onChange: () => void;
  readonly onTrouble: (reason: string) => void;
  readonly signal: AbortSignal;
}

export interface Observer {
  /** Undefined before the first answer of the cluster, and while there is no such Pod. */
  snapshot(): Omit<Snapshot, 'actions'> | undefined;
  /** The Pod as the cluster has it. */
  pod(): XrayPod | undefined;
  /** Whether every running container has been looked into, or said why not. */
  isComplete(): boolean;
  record(entry: Omit<TimelineEntry, 'at'>): void;
  /** From now on lines with that id are put into the trace. */
  follow(trace: Trace): void;
  addStep(step: TraceStep): void;
  /** The status that the request with that id was answered with. */
  answer(requestId: string, status: number): void;
  /** Resolves when the signal has aborted; throws if the cluster refuses to be watched. */
  readonly done: Promise<void>;
}

const CHECK_PERIOD_MS = 5_000;
/** What the logs have said before one began to look. */
const LOG_BEFORE_MS = 10 * 60_000;

interface Watched {
  readonly uid: string;
  readonly probes: PodProbes;
  readonly followers: Map<string, ContainerFollower>;
  readonly stop: AbortController;
}

export function startObserver(options: ObserverOptions): Observer {
  const { client, kubeConfig, namespace, name, now, onChange, onTrouble, signal } = options;
  let pod: XrayPod | undefined;
  let twin: XrayPod | undefined;
  let events: readonly KubeEvent[] = [];
  let checks: Checks = {};
  let hasAsked = false;
  let trace: Trace | undefined;
  let watched: Watched | undefined;
  let watchedTwin: Watched | undefined;
  const sightings = createSightings(now);

  const snapshot = () =>
    pod === undefined || watched === undefined
      ? undefined
      : viewSnapshot(
          {
            ...{ pod, events, checks, trace, probes: watched.probes, seen: sightings.entries() },
            twin: twin && watchedTwin && { pod: twin, probes: watchedTwin.probes },
          },
          now(),
        );

  const look = () => {
    const current = snapshot();
    if (current !== undefined) sightings.compare(current);
    onChange();
  };

  const watch = (target: XrayPod, before: Watched | undefined): Watched => {
    const { uid = '' } = target.metadata;
    if (before?.uid === uid) return before;
    before?.stop.abort();
    const stop = new AbortController();
    const bounded = AbortSignal.any([signal, stop.signal]);
    return {
      uid,
      stop,
      followers: new Map(),
      probes: createPodProbes(kubeConfig, { onReading: look, signal: bounded }),
    };
  };

  const addStep = (step: TraceStep) => {
    if (trace === undefined) return;
    const steps = [...trace.steps, step].sort((one, other) => one.at.localeCompare(other.at));
    trace = { ...trace, steps };
    onChange();
  };

  const onLine = async (line: LogLine) => {
    if (line.isNotice === true) return;
    const sign = readSignal(line);
    if (sign !== undefined) sightings.add(sign);
    const step = trace && readStep(line, trace.requestId);
    if (step !== undefined) addStep(step);
    if (sign !== undefined) onChange();
  };

  const followLogs = (target: XrayPod, { followers, stop }: Watched) => {
    for (const { source, status } of loggedContainers(target)) {
      const cursor = { time: `${new Date(now() - LOG_BEFORE_MS).toISOString().slice(0, -1)}000000Z`, count: 0 };
      const bounded = AbortSignal.any([signal, stop.signal]);
      const follower =
        followers.get(source.container) ??
        followContainer(client, { namespace, source, cursor, emit: onLine, signal: bounded });
      followers.set(source.container, follower);
      follower.update(status);
    }
  };

  const onPods = (objects: readonly KubeObject[]) => {
    const pods = objects as unknown as readonly XrayPod[];
    const chosen = choosePod(pods, name, pod?.metadata.uid);
    if (chosen !== undefined && pod !== undefined && chosen.metadata.uid !== pod.metadata.uid) {
      sightings.clear();
      checks = {};
      trace = undefined;
    }
    pod = chosen;
    twin = chosen && twinOf(chosen, pods);
    if (chosen === undefined) watched?.stop.abort();
    watched = chosen && watch(chosen, watched);
    if (twin === undefined) watchedTwin?.stop.abort();
    watchedTwin = twin && watch(twin, watchedTwin);
    if (chosen !== undefined && watched !== undefined) {
      watched.probes.update(chosen);
      followLogs(chosen, watched);
    }
    if (twin !== undefined) watchedTwin?.probes.update(twin);
    look();
  };

  const check = async () => {
    while (!signal.aborted) {
      if (pod !== undefined) {
        const { uid } = pod.metadata;
        const helpers = await readHelpers(client, pod, signal).catch(() => []);
        if (pod?.metadata.uid === uid) {
          checks = Object.fromEntries(
            helpers.map(({ container, checks: told, error }) => [container, error === undefined ? told : { error }]),
          );
        }
        hasAsked = true;
        onChange();
      }
      await sleep(pod === undefined ? 100 : CHECK_PERIOD_MS, undefined, { signal }).catch(() => {});
    }
  };

  const onEvents = (objects: readonly KubeObject[]) => {
    events = objects;
    onChange();
  };
  const query = { apiVersion: 'v1', namespace };
  const all = Promise.all([
    followObjects(client, { ...query, kind: 'Pod' }, { onChange: onPods, onTrouble, signal }),
    followObjects(client, { ...query, kind: 'Event' }, { onChange: onEvents, onTrouble, signal }),
    check(),
  ]);

  return {
    snapshot,
    done: all.then(() => undefined),
    addStep,
    pod: () => pod,
    isComplete: () => {
      const running = pod === undefined ? [] : loggedContainers(pod).filter(({ status }) => status.state?.running);
      return (
        watched !== undefined &&
        hasAsked &&
        running.every(
          ({ status }) => watched?.probes.readings.has(status.name) || watched?.probes.faults.has(status.name),
        )
      );
    },
    record(entry) {
      sightings.add({ at: new Date(now()).toISOString(), ...entry });
      onChange();
    },
    answer(requestId, status) {
      if (trace?.requestId === requestId) trace = { ...trace, status };
      onChange();
    },
    follow(next) {
      trace = next;
      onChange();
    },
  };
}
