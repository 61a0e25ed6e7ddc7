/**
 * One pass: ask the remote, and if its commit is not the published one, fetch it, complete its tree beside the old one
 * and move the link. Whatever fails, the link stays where it was.
 */
import type { Logger } from '@pod-patterns/runtime/logger.ts';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from './config.ts';
import { GitError } from './git-error.ts';
import type { RunGit } from './git.ts';
import { worktreeGitDir, type Layout } from './layout.ts';
import { removeLeftovers } from './leftovers.ts';
import { PublishRefused } from './publish-refused.ts';
import { publishHash, readPublishedHash } from './published-link.ts';
import { isFullHash } from './ref-name.ts';
import { collectGarbage, ensureRepository, fetchRef, resolveRemoteRef } from './repository.ts';
import { areSparsePatternsCurrent } from './sparse-checkout.ts';
import { hasHalfSubmodules } from './submodules.ts';
import {
  completeWorktree,
  describeWorktree,
  listWorktrees,
  markWorktreeStale,
  removeStaleWorktrees,
  removeWorktree,
  type TreeOptions,
} from './worktree.ts';

export interface SyncResult {
  readonly hash: string;
  /** What was published before; the same as `hash` if the link has not moved. */
  readonly previousHash: string | undefined;
}

export type SyncerConfig = TreeOptions & Pick<Config, 'ref' | 'filter' | 'gitGc' | 'staleWorktreeTimeoutMs'>;

/** What a pass consists of, for the durations. */
export type Step = 'check' | 'resolve' | 'fetch' | 'checkout' | 'judge' | 'clean';

export interface Candidate {
  readonly hash: string;
  /** The full name of the ref at the remote, or the hash. */
  readonly refName: string;
}

export interface SyncerOptions {
  readonly config: SyncerConfig;
  readonly layout: Layout;
  readonly git: RunGit;
  readonly log: Logger;
  readonly now: () => Date;
  /** A clock that is never set back, in milliseconds. */
  readonly clockMs: () => number;
  /** Called before each fetch. */
  readonly onFetch: () => void;
  /** Called when the tree is complete, before the link moves; what it throws keeps the link where it is. */
  readonly onBeforePublish: (candidate: Candidate, signal: AbortSignal) => Promise<void>;
  /** Runs a step of a pass and notes how long it took. */
  readonly time: <Result>(step: Step, run: () => Promise<Result>) => Promise<Result>;
}

/**
 * Does a pass; passes must not overlap. `onSynced` is called as soon as the link is where it should be: what was published
 * before is removed after that, so that nobody waits for it. Rejects with an AppError and may be called again.
 */
export type Sync = (signal: AbortSignal, onSynced: (result: SyncResult) => Promise<void>) => Promise<void>;

/** Makes the function that does a pass, for one repository and one place on the disk. */
export function createSyncer(options: SyncerOptions): Sync {
  const { config, layout, git, log, now, clockMs, time } = options;
  /** What to check before the next pass: all of it after a failure that may have been our own copy's fault. */
  let check: 'quick' | 'thorough' | undefined = 'quick';
  /** The first pass always fetches, because --depth may have changed since the last start. */
  let isFetchDue = true;
  /** Whether the published tree is what it should be, as far as this pass knows. */
  let isWhole = false;
  /** What describeWorktree said of each tree when it was completed. */
  const accepted = new Map<string, string>();
  /** Since when a tree is no longer published. Only what an earlier run has left is as old as its folder says. */
  const staleSinceMs = new Map<string, number>();

  /** Mends the published tree if it needs it and the commit is here; false if the commit must be fetched first. */
  async function isPublishedTreeWhole(hash: string, signal: AbortSignal): Promise<boolean> {
    try {
      const differences = await describeWorktree(layout, hash, config, git, signal);
      const isCurrent = await areSparsePatternsCurrent(worktreeGitDir(layout, hash), config.sparseCheckoutFile);
      if (isCurrent && differences !== undefined && differences === (accepted.get(hash) ?? '')) return true;
      accepted.set(hash, await completeWorktree(layout, hash, config, git, signal));
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
    await removeHalfWorktrees(options, signal);
    await ensureRepository(layout, git, signal, log, isThorough);
  }

  function staleForMs(name: string, staleAtMs: number): number {
    const sinceMs = staleSinceMs.get(name) ?? clockMs() - Math.max(0, now().getTime() - staleAtMs);
    staleSinceMs.set(name, sinceMs);
    return clockMs() - sinceMs;
  }

  async function clean(keep: string, signal: AbortSignal): Promise<void> {
    try {
      staleSinceMs.delete(keep);
      const removed = await removeStaleWorktrees(layout, keep, config.staleWorktreeTimeoutMs, staleForMs, signal);
      if (removed.length === 0) return;
      log.debug({ removed }, 'removed trees that are no longer published');
      for (const name of removed) {
        accepted.delete(name);
        staleSinceMs.delete(name);
      }
      await collectGarbage(layout, config.gitGc, git, signal);
    } catch (error) {
      log.warn({ err: error }, 'could not clean up');
    }
  }

  /** Fetches what is at the remote now and publishes it, unless it is the published tree, whole or mended. */
  async function follow(refName: string, publishedHash: string | undefined, signal: AbortSignal): Promise<string> {
    options.onFetch();
    const hash = await time('fetch', () => fetchRef(layout, config.repo.url, refName, config, git, signal));
    isFetchDue = false;
    if (hash === publishedHash && isWhole) return hash;
    const isOld = (await listWorktrees(layout)).includes(hash);
    const differences = await time('checkout', () => completeWorktree(layout, hash, config, git, signal));
    accepted.set(hash, differences);
    if (differences !== '') log.warn({ hash, differences: differences.slice(0, 200) }, 'files differ from the commit');
    if (hash === publishedHash) return hash;
    try {
      await time('judge', () => options.onBeforePublish({ hash, refName }, signal));
    } catch (error) {
      // Refused trees must not pile up; one that readers may still be in goes when it is stale.
      if (!isOld) await removeWorktree(layout, hash, signal);
      throw error;
    }
    signal.throwIfAborted();
    await publishHash(layout, hash);
    if (publishedHash !== undefined) await markWorktreeStale(layout, publishedHash, now());
    return hash;
  }

  return async (signal, onSynced) => {
    const previousHash = await time('check', async () => {
      if (check !== undefined) await prepare(signal, check === 'thorough');
      check = undefined;
      const published = await readPublishedHash(layout);
      isWhole = published !== undefined && (await isPublishedTreeWhole(published, signal));
      return published;
    });
    const remote = await time('resolve', () => resolveRemoteRef(layout, config.repo.url, config.ref, git, signal));
    let hash: string;
    try {
      const isFetchNeeded = isFetchDue && !isFullHash(config.ref);
      const isUnchanged = isWhole && remote.hash === previousHash && !isFetchNeeded;
      hash = isUnchanged ? remote.hash : await follow(remote.name, previousHash, signal);
    } catch (error) {
      // All other failures may come from a fault in our own copy.
      if (!(error instanceof PublishRefused)) {
        check = 'thorough';
        isFetchDue = true;
      }
      throw error;
    }
    await onSynced({ hash, previousHash });
    await time('clean', () => clean(hash, signal));
  };
}

/** Removes what is no tree of the commit it is named for; of the published one only what git knows of it. */
async function removeHalfWorktrees({ config, layout, git, log }: SyncerOptions, signal: AbortSignal): Promise<void> {
  const published = await readPublishedHash(layout);
  const registered = await readdir(join(layout.gitDir, 'worktrees')).catch(() => []);
  for (const name of new Set([...(await listWorktrees(layout)), ...registered])) {
    const gitDir = worktreeGitDir(layout, name);
    const differences = await describeWorktree(layout, name, config, git, signal).catch((error: unknown) => {
      if (error instanceof GitError) return undefined;
      throw error;
    });
    if (name === published) {
      if (differences === undefined) await rm(gitDir, { recursive: true, force: true });
    } else if (differences === undefined || differences !== '' || (await hasHalfSubmodules(gitDir))) {
      log.info({ worktree: name }, 'removed a tree that was not complete');
      await removeWorktree(layout, name, signal);
    }
  }
}
