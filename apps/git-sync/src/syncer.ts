/**
 * One pass: ask the remote, and if its commit is not the published one, fetch it, complete its tree beside the old one
 * and move the link. Whatever fails, the link stays where it was.
 */
import { AppError } from '@pod-patterns/runtime/errors.ts';
import type { Logger } from '@pod-patterns/runtime/logger.ts';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from './config.ts';
import type { RunGit } from './git.ts';
import { worktreeGitDir, type Layout } from './layout.ts';
import { removeLeftovers } from './leftovers.ts';
import { publishHash, readPublishedHash } from './published-link.ts';
import { isFullHash } from './ref-name.ts';
import { collectGarbage, ensureRepository, fetchRef, resolveRemoteRef } from './repository.ts';
import {
  completeWorktree,
  describeWorktree,
  listWorktrees,
  markWorktreeStale,
  removeStaleWorktrees,
  removeWorktree,
} from './worktree.ts';

export interface SyncResult {
  readonly hash: string;
  /** What was published before; the same as `hash` if the link has not moved. */
  readonly previousHash: string | undefined;
}

export interface SyncerOptions {
  readonly config: Pick<Config, 'repo' | 'ref' | 'depth' | 'staleWorktreeTimeoutMs'>;
  readonly layout: Layout;
  readonly git: RunGit;
  readonly log: Logger;
  readonly now: () => Date;
  /** Called before each fetch. */
  readonly onFetch: () => void;
  /** Called before the link moves; what it throws keeps the link where it is. */
  readonly onBeforePublish: (hash: string) => Promise<void>;
}

/** Makes the function that does a pass; passes must not overlap. It rejects with an AppError and may be called again. */
export function createSyncer(options: SyncerOptions): (signal: AbortSignal) => Promise<SyncResult> {
  const { config, layout, git, log, now } = options;
  /** What to check before the next pass: all of it after a failure that may have been our own copy's fault. */
  let check: 'quick' | 'thorough' | undefined = 'quick';
  /** The first pass always fetches, because --depth may have changed since the last start. */
  let isFetchDue = true;
  /** What describeWorktree said of each tree when it was completed. */
  const accepted = new Map<string, string>();

  /** Mends the published tree if it needs it and the commit is here; false if the commit must be fetched first. */
  async function isPublishedTreeWhole(hash: string, signal: AbortSignal): Promise<boolean> {
    try {
      const differences = await describeWorktree(layout, hash, git, signal);
      if (differences !== undefined && differences === (accepted.get(hash) ?? '')) return true;
      accepted.set(hash, await completeWorktree(layout, hash, git, signal));
      log.warn({ hash, differences: differences?.slice(0, 200) }, 'the published tree was damaged and has been mended');
      return true;
    } catch (error) {
      signal.throwIfAborted();
      log.debug({ err: error, hash }, 'the published tree cannot be checked or mended from what is here');
      // A HEAD whose commit is missing would make the fetch fail that is to bring it.
      await rm(worktreeGitDir(layout, hash), { recursive: true, force: true });
      return false;
    }
  }

  async function prepare(signal: AbortSignal, isThorough: boolean): Promise<void> {
    const removed = await removeLeftovers(layout);
    if (removed.length > 0) log.info({ removed }, 'removed what an earlier run has left half-done');
    await removeHalfWorktrees(layout, git, signal, log);
    await ensureRepository(layout, git, signal, log, isThorough);
  }

  async function clean(keep: string, signal: AbortSignal): Promise<void> {
    try {
      const removed = await removeStaleWorktrees(layout, keep, config.staleWorktreeTimeoutMs, now());
      if (removed.length === 0) return;
      log.debug({ removed }, 'removed trees that are no longer published');
      for (const name of removed) accepted.delete(name);
      await collectGarbage(layout, git, signal);
    } catch (error) {
      log.warn({ err: error }, 'could not clean up');
    }
  }

  return async (signal) => {
    if (check !== undefined) await prepare(signal, check === 'thorough');
    check = undefined;

    const previousHash = await readPublishedHash(layout);
    const isWhole = previousHash !== undefined && (await isPublishedTreeWhole(previousHash, signal));
    const remote = await resolveRemoteRef(layout, config.repo.url, config.ref, git, signal);
    const isFetchNeeded = isFetchDue && !isFullHash(config.ref);
    if (isWhole && remote.hash === previousHash && !isFetchNeeded) {
      await clean(previousHash, signal);
      return { hash: previousHash, previousHash };
    }

    try {
      options.onFetch();
      const hash = await fetchRef(layout, config.repo.url, remote.name, config.depth, git, signal);
      isFetchDue = false;
      if (hash !== previousHash || !isWhole) {
        const differences = await completeWorktree(layout, hash, git, signal);
        accepted.set(hash, differences);
        if (differences !== '')
          log.warn({ hash, differences: differences.slice(0, 200) }, 'files differ from the commit');
      }
      if (hash !== previousHash) {
        await options.onBeforePublish(hash);
        signal.throwIfAborted();
        await publishHash(layout, hash);
        if (previousHash !== undefined) await markWorktreeStale(layout, previousHash, now());
      }
      await clean(hash, signal);
      return { hash, previousHash };
    } catch (error) {
      check = 'thorough';
      isFetchDue = true;
      throw error;
    }
  };
}

/** Removes what is no tree of the commit it is named for; of the published one only what git knows of it. */
async function removeHalfWorktrees(layout: Layout, git: RunGit, signal: AbortSignal, log: Logger): Promise<void> {
  const published = await readPublishedHash(layout);
  const registered = await readdir(join(layout.gitDir, 'worktrees')).catch(() => []);
  for (const name of new Set([...(await listWorktrees(layout)), ...registered])) {
    const differences = await describeWorktree(layout, name, git, signal).catch((error: unknown) => {
      if (error instanceof AppError && error.code === 'GIT_FAILED') return undefined;
      throw error;
    });
    if (name === published) {
      if (differences === undefined) await rm(worktreeGitDir(layout, name), { recursive: true, force: true });
    } else if (differences === undefined || differences !== '') {
      log.info({ worktree: name }, 'removed a tree that was not complete');
      await removeWorktree(layout, name);
    }
  }
}
