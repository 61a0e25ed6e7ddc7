/** Our own copy of the repository, `<root>/.git`: made, checked, made again when it is broken, and fetched into. */
import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, describeError } from '@pod-patterns/runtime/errors.ts';
import type { Logger } from '@pod-patterns/runtime/logger.ts';
import type { Config } from './config.ts';
import type { RunGit } from './git.ts';
import { temporaryPath, type Layout } from './layout.ts';
import { isFullHash, lsRemotePatterns, pickRemoteRef, type RemoteRef } from './ref-name.ts';

/** The fetched commit is kept under this name, so that garbage collection leaves it alone. */
export const FETCHED = 'refs/git-sync/fetched';

/**
 * Sees to it that there is a sound repository. A broken one is replaced by an empty one, which the next fetch fills;
 * the published tree is another folder and stays as it is. `isThorough` also reads the content of every file.
 */
export async function ensureRepository(
  layout: Layout,
  git: RunGit,
  signal: AbortSignal,
  log: Logger,
  isThorough: boolean,
): Promise<void> {
  const isThere = (await stat(layout.gitDir).catch(() => undefined)) !== undefined;
  if (isThere && (await isSound(layout, git, signal, log, isThorough))) return;
  const fresh = temporaryPath(layout.gitDir, randomUUID());
  await mkdir(fresh, { recursive: true });
  await git(['init', fresh], { gitDir: join(fresh, '.git'), workTree: fresh }, signal);
  const broken = temporaryPath(layout.gitDir, `broken-${randomUUID()}`);
  if (isThere) await rename(layout.gitDir, broken);
  await rename(join(fresh, '.git'), layout.gitDir);
  for (const path of [fresh, broken]) await rm(path, { recursive: true, force: true });
}

async function isSound(
  layout: Layout,
  git: RunGit,
  signal: AbortSignal,
  log: Logger,
  isThorough: boolean,
): Promise<boolean> {
  const args = ['fsck', '--no-progress', '--no-dangling', ...(isThorough ? [] : ['--connectivity-only'])];
  try {
    await git(args, layout, signal);
    return true;
  } catch (error) {
    signal.throwIfAborted();
    log.warn(
      { git_dir: layout.gitDir, reason: describeError(error) },
      'the local repository is broken, making it again',
    );
    return false;
  }
}

/** Asks the remote which commit the ref is now: one question, nothing is written. A full hash is its own answer. */
export async function resolveRemoteRef(
  layout: Layout,
  url: string,
  ref: string,
  git: RunGit,
  signal: AbortSignal,
): Promise<RemoteRef> {
  if (isFullHash(ref)) return { name: ref, hash: ref };
  const output = await git(['ls-remote', '--', url, ...lsRemotePatterns(ref)], layout, signal);
  const found = pickRemoteRef(ref, output);
  if (found !== undefined) return found;
  throw new AppError(
    'REF_NOT_FOUND',
    `the remote has no ref ${JSON.stringify(ref)}`,
    'Check --ref; a commit must be named by its full hash.',
  );
}

/** Fetches the ref, wherever it has moved, and resolves to the hash of its commit. `depth` 0 means the whole history. */
export async function fetchRef(
  layout: Layout,
  url: string,
  name: string,
  { depth, filter }: Pick<Config, 'depth' | 'filter'>,
  git: RunGit,
  signal: AbortSignal,
): Promise<string> {
  const isShallow = (await stat(join(layout.gitDir, 'shallow')).catch(() => undefined)) !== undefined;
  const history = depth > 0 ? [`--depth=${depth}`] : isShallow ? ['--unshallow'] : [];
  const partial = filter === undefined ? [] : [`--filter=${filter}`];
  const quiet = ['--no-tags', '--no-write-fetch-head', '--no-auto-maintenance', '--no-recurse-submodules'];
  await git(['fetch', ...quiet, ...history, ...partial, '--', url, `+${name}:${FETCHED}`], layout, signal);
  return (await git(['rev-parse', '--verify', `${FETCHED}^{commit}`], layout, signal)).trim();
}

/** Packs what is there and forgets what nothing refers to any more: --git-gc. */
export async function collectGarbage(
  layout: Layout,
  mode: Config['gitGc'],
  git: RunGit,
  signal: AbortSignal,
): Promise<void> {
  if (mode === 'off') return;
  const how = { auto: ['--auto'], always: [], aggressive: ['--aggressive'] }[mode];
  await git(['gc', '--quiet', ...how], layout, signal);
}
