/**
 * Runs a hook beside the sync loop, which does not wait for it: again until it succeeds, and always for the newest
 * commit. A hook may run more than once for a commit, as after each start; it is not run for commits that were overtaken.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, describeError } from '@pod-patterns/runtime/errors.ts';
import type { Logger } from '@pod-patterns/runtime/logger.ts';
import type { HookName, Metrics } from './metrics.ts';

export interface HookRunner {
  /** Asks for a run. */
  readonly send: (hash: string) => void;
  /** Resolves when nothing is to be done any more: to whether the last run was good. */
  readonly settled: () => Promise<boolean>;
}

export interface HookRunnerOptions {
  readonly name: HookName;
  readonly run: (hash: string, signal: AbortSignal) => Promise<void>;
  readonly backoffMs: number;
  /** A failed hook is not run again. */
  readonly isOneTime: boolean;
  readonly log: Logger;
  readonly metrics: Pick<Metrics, 'countHook'>;
  readonly shutdown: AbortSignal;
}

export function createHookRunner(options: HookRunnerOptions): HookRunner {
  const { name, run, backoffMs, isOneTime, log, metrics, shutdown } = options;
  let wanted: string | undefined;
  let work: Promise<void> | undefined;
  /** Of the last run. */
  let isGood = true;

  async function runOnce(hash: string): Promise<boolean> {
    try {
      await run(hash, shutdown);
      metrics.countHook(name, 'success');
      log.info({ hook: name, hash }, 'hook done');
      return true;
    } catch (error) {
      if (shutdown.aborted) return false;
      metrics.countHook(name, 'error');
      const details = error instanceof AppError ? { code: error.code, remedy: error.remedy } : {};
      log.error({ hook: name, hash, ...details, reason: describeError(error) }, 'hook failed');
      return false;
    }
  }

  async function runAll(): Promise<void> {
    while (wanted !== undefined && !shutdown.aborted) {
      const hash = wanted;
      wanted = undefined;
      isGood = await runOnce(hash);
      if (isGood) continue;
      if (isOneTime) break;
      wanted ??= hash;
      await sleep(backoffMs, undefined, { signal: shutdown }).catch(() => undefined);
    }
    work = undefined;
  }

  return {
    send: (hash) => {
      wanted = hash;
      work ??= runAll();
    },
    settled: async () => {
      await work;
      return isGood;
    },
  };
}
