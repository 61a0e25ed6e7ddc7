/** What /metrics says. Those that kubernetes/git-sync has too have its names. */
import { Counter, Gauge, Registry, Summary } from 'prom-client';
import type { Step } from './syncer.ts';

export type SyncStatus = 'success' | 'noop' | 'error';
export type SignalStatus = 'sent' | 'not_found' | 'error';
export type HookName = 'exechook' | 'pre-publish-exechook' | 'webhook';
export type HookStatus = 'success' | 'error';
export type PushStatus = 'accepted' | 'refused' | 'limited';

export interface Metrics {
  readonly registry: Registry;
  readonly countSync: (status: SyncStatus, durationSeconds: number) => void;
  /** A failed sync, by the code of its error. */
  readonly countFailure: (code: string) => void;
  readonly countFetch: () => void;
  readonly countSignal: (status: SignalStatus) => void;
  readonly countHook: (name: HookName, status: HookStatus) => void;
  readonly countAskpass: (status: HookStatus) => void;
  readonly countPush: (status: PushStatus) => void;
  readonly observeStep: (step: Step, durationSeconds: number) => void;
  /** Records a good sync: when it was, and what is published. */
  readonly setPublished: (hash: string, now: Date) => void;
}

/** `clockMs` is never set back. */
export function createMetrics(clockMs: () => number): Metrics {
  const registry = new Registry();
  const registers = [registry];
  let goodUntilMs = clockMs();
  let isBehind = true;

  const duration = new Summary({
    name: 'git_sync_duration_seconds',
    help: 'How long syncs took, by how they ended.',
    labelNames: ['status'] as const,
    percentiles: [],
    registers,
  });
  const steps = new Summary({
    name: 'git_sync_step_duration_seconds',
    help: 'How long the steps of a sync took: check, resolve, fetch, checkout, judge, clean.',
    labelNames: ['step'] as const,
    percentiles: [],
    registers,
  });
  const counter = <Label extends string>(name: string, help: string, ...labelNames: Label[]) =>
    new Counter({ name, help, labelNames, registers });
  const syncs = counter(
    'git_sync_count_total',
    'Syncs that ended, by how: success (something was published), noop or error.',
    'status',
  );
  const failures = counter('git_sync_failure_count_total', 'Syncs that failed, by the code of the error.', 'code');
  const fetches = counter('git_fetch_count_total', 'Fetches that were started.');
  const askpass = counter('git_sync_askpass_calls', 'Calls of --askpass-url, by result: success or error.', 'status');
  const hooks = counter(
    'git_sync_hook_run_count_total',
    'Runs of hooks, by result: success or error.',
    'name',
    'status',
  );
  const signals = counter(
    'git_sync_signal_count_total',
    'Signals to the process of --signal-process, by result: sent, not_found or error.',
    'status',
  );
  const pushes = counter(
    'git_sync_push_count_total',
    'Requests to /push, by result: accepted, refused or limited (too many).',
    'status',
  );
  const lastSuccess = new Gauge({
    name: 'git_sync_last_success_timestamp_seconds',
    help: 'When the last good sync ended, in Unix time; 0 before the first.',
    registers,
  });
  const behind = new Gauge({
    name: 'git_sync_seconds_behind',
    help: 'How long what is published may have been out of date: 0, or if the last sync failed, seconds since a good one.',
    registers: [],
    collect() {
      this.set(isBehind ? (clockMs() - goodUntilMs) / 1_000 : 0);
    },
  });
  registry.registerMetric(behind);
  const commit = new Gauge({
    name: 'git_sync_commit_info',
    help: 'The published commit, as a label; the value is always 1.',
    labelNames: ['hash'] as const,
    registers,
  });
  // A rate needs the zero before the first event.
  for (const status of ['success', 'noop', 'error'] as const) syncs.inc({ status }, 0);
  for (const status of ['sent', 'not_found', 'error'] as const) signals.inc({ status }, 0);
  for (const status of ['accepted', 'refused', 'limited'] as const) pushes.inc({ status }, 0);

  return {
    registry,
    countSync: (status, durationSeconds) => {
      syncs.inc({ status });
      duration.observe({ status }, durationSeconds);
      isBehind = status === 'error';
    },
    countFailure: (code) => failures.inc({ code }),
    countFetch: () => fetches.inc(),
    countSignal: (status) => signals.inc({ status }),
    countHook: (name, status) => hooks.inc({ name, status }),
    countAskpass: (status) => askpass.inc({ status }),
    countPush: (status) => pushes.inc({ status }),
    observeStep: (step, durationSeconds) => steps.observe({ step }, durationSeconds),
    setPublished: (hash, now) => {
      goodUntilMs = clockMs();
      lastSuccess.set(now.getTime() / 1_000);
      commit.reset();
      commit.set({ hash }, 1);
    },
  };
}
