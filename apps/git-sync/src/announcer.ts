/**
 * What happens once something is published: touch the file, signal the process, ask for the hooks. That a signal is owed is noted on disk
 * before the link moves, so that a git-sync which is killed between the two still sends it after its restart.
 */
import { access, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '@pod-patterns/runtime/errors.ts';
import type { Logger } from '@pod-patterns/runtime/logger.ts';
import type { ProcessPattern } from '@pod-patterns/runtime/find-process.ts';
import { describePattern, signalProcess } from '@pod-patterns/runtime/signal-process.ts';
import type { Config } from './config.ts';
import type { HookRunner } from './hook-runner.ts';
import type { Metrics } from './metrics.ts';
import { touchFile } from './status-files.ts';
import type { SyncResult } from './syncer.ts';

export interface Announcer {
  readonly beforePublish: () => Promise<void>;
  /** Never rejects: what is published stays published, whoever could not be told of it. */
  readonly afterSync: (result: SyncResult, isFirst: boolean, abort: AbortSignal) => Promise<void>;
  /** Resolves when all hooks have run: to whether they were good. */
  readonly settled: () => Promise<boolean>;
}

export interface AnnouncerOptions {
  readonly hooks: readonly HookRunner[];
  readonly config: Pick<Config, 'touchFile' | 'signalProcess' | 'signal'>;
  readonly root: string;
  readonly ownPid: number;
  readonly now: () => Date;
  readonly log: Logger;
  readonly metrics: Pick<Metrics, 'countSignal'>;
}

const PATIENCE_MS = 5_000;

export function createAnnouncer(options: AnnouncerOptions): Announcer {
  const { config, root, ownPid, hooks, now, log, metrics } = options;
  const owedPath = join(root, '.git-sync-signal-owed');

  async function touch(path: string): Promise<void> {
    try {
      await touchFile(path, now());
    } catch (error) {
      log.error({ err: error, path }, 'could not touch the touch-file');
    }
  }

  async function notify(pattern: ProcessPattern, hash: string, abort: AbortSignal): Promise<void> {
    const { signal } = config;
    const sender = 'git-sync';
    const name = describePattern(pattern);
    try {
      const { pid, otherPids } = await signalProcess({
        pattern,
        signal,
        sender,
        ownPid,
        patienceMs: PATIENCE_MS,
        abort,
      });
      metrics.countSignal(pid === undefined ? 'not_found' : 'sent');
      if (pid === undefined) log.info({ process: name, signal, hash }, 'no process to signal');
      else log.info({ process: name, signal, hash, target_pid: pid }, 'signal sent');
      if (otherPids.length > 0) log.warn({ process: name, other_pids: otherPids }, 'other processes fit too');
      await rm(owedPath, { force: true });
    } catch (error) {
      if (abort.aborted) return;
      metrics.countSignal('error');
      const details = error instanceof AppError ? { code: error.code, remedy: error.remedy } : {};
      log.error({ err: error, process: name, signal, hash, ...details }, 'could not signal');
    }
  }

  return {
    beforePublish: async () => {
      if (config.signalProcess !== undefined) await writeFile(owedPath, '');
    },
    afterSync: async ({ hash, previousHash }, isFirst, abort) => {
      const hasMoved = hash !== previousHash;
      if (config.touchFile !== undefined && (hasMoved || isFirst)) await touch(config.touchFile);
      if (hasMoved || isFirst) for (const hook of hooks) hook.send(hash);
      if (config.signalProcess === undefined) return;
      const isOwed =
        isFirst &&
        (await access(owedPath).then(
          () => true,
          () => false,
        ));
      if (hasMoved || isOwed) await notify(config.signalProcess, hash, abort);
    },
    settled: async () => (await Promise.all(hooks.map((hook) => hook.settled()))).every(Boolean),
  };
}
