/** What /metrics says. The first three are those of kubernetes/git-sync, by the same names. */
import { Counter, Gauge, Registry, Summary } from 'prom-client';

export type SyncStatus = 'success' | 'noop' | 'error';
export type SignalStatus = 'sent' | 'not_found' | 'error';

export interface Metrics {
  readonly registry: Registry;
  readonly countSync: (status: SyncStatus, durationSeconds: number) => void;
  readonly countFetch: () => void;
  readonly countSignal: (status: SignalStatus) => void;
  /** Records a good sync: when it was, and what is published. */
  readonly setPublished: (hash: string, now: Date) => void;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const duration = new Summary({
    name: 'git_sync_duration_seconds',
    help: 'How long syncs took, by how they ended.',
    labelNames: ['status'] as const,
    percentiles: [],
    registers,
  });
  const syncs = new Counter({
    name: 'git_sync_count_total',
    help: 'Syncs that ended, by how: success (something was published), noop or error.',
    labelNames: ['status'] as const,
    registers,
  });
  const fetches = new Counter({ name: 'git_fetch_count_total', help: 'Fetches that were started.', registers });
  const lastSuccess = new Gauge({
    name: 'git_sync_last_success_timestamp_seconds',
    help: 'When the last good sync ended, in Unix time; 0 before the first.',
    registers,
  });
  const commit = new Gauge({
    name: 'git_sync_commit_info',
    help: 'The published commit, as a label; the value is always 1.',
    labelNames: ['hash'] as const,
    registers,
  });
  const signals = new Counter({
    name: 'git_sync_signal_count_total',
    help: 'Signals to the process of --signal-process, by result: sent, not_found or error.',
    labelNames: ['status'] as const,
    registers,
  });
  // A rate needs the zero before the first event.
  for (const status of ['success', 'noop', 'error'] as const) syncs.inc({ status }, 0);
  for (const status of ['sent', 'not_found', 'error'] as const) signals.inc({ status }, 0);

  return {
    registry,
    countSync: (status, durationSeconds) => {
      syncs.inc({ status });
      duration.observe({ status }, durationSeconds);
    },
    countFetch: () => fetches.inc(),
    countSignal: (status) => signals.inc({ status }),
    setPublished: (hash, now) => {
      lastSuccess.set(now.getTime() / 1_000);
      commit.reset();
      commit.set({ hash }, 1);
    },
  };
}
