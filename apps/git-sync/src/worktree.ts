/**
 * One tree of files per commit, in `.worktrees/<hash>`. It is completed and compared with git's index before the link
 * may lead to it; the same steps finish one that was left half-made, and mend one that was damaged.
 */
import { mkdir, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { AppError } from '@pod-patterns/runtime/errors.ts';
import type { Config } from './config.ts';
import type { RunGit } from './git.ts';
import { worktreeGitDir, worktreePath, worktreeTarget, type Layout } from './layout.ts';
import { removeFolder } from './remove-folder.ts';
import { writeSparsePatterns } from './sparse-checkout.ts';
import { updateSubmodules, type SubmoduleOptions } from './submodules.ts';

export type TreeOptions = SubmoduleOptions & Pick<Config, 'repo' | 'sparseCheckoutFile'>;

/**
 * What differs between a tree and its commit, as text; empty if nothing does, undefined if it is no tree of that commit.
 * Files that git does not know are left out: a reader may keep its caches there.
 */
export async function describeWorktree(
  layout: Layout,
  hash: string,
  { submodules }: Pick<TreeOptions, 'submodules'>,
  git: RunGit,
  signal: AbortSignal,
): Promise<string | undefined> {
  const args = [
    'status',
    '--porcelain=v2',
    '--branch',
    '--untracked-files=no',
    submodules === 'off' ? '--ignore-submodules=all' : '--ignore-submodules=untracked',
    '--no-renames',
  ];
  const isThere = await stat(worktreePath(layout, hash)).catch(() => undefined);
  const isRegistered = await stat(join(worktreeGitDir(layout, hash), 'index')).catch(() => undefined);
  if (isThere === undefined || isRegistered === undefined) return undefined;
  const lines = (await git(args, worktreeTarget(layout, hash), signal)).trimEnd().split('\n');
  if (!lines.includes(`# branch.oid ${hash}`)) return undefined;
  return lines.filter((line) => !line.startsWith('#')).join('\n');
}

/**
 * Makes the tree of a commit complete and resolves to what still differs (see describeWorktree), which is not empty for
 * a repository whose files do not agree with its own .gitattributes. Files that are right already are not touched.
 * Throws an AppError `TREE_INCOMPLETE` if a file is missing in the end.
 */
export async function completeWorktree(
  layout: Layout,
  hash: string,
  options: TreeOptions,
  git: RunGit,
  signal: AbortSignal,
): Promise<string> {
  const path = worktreePath(layout, hash);
  const target = worktreeTarget(layout, hash);
  const isNew = (await mkdir(path, { recursive: true })) !== undefined;
  await register(layout, hash);
  await writeSparsePatterns(target.gitDir, options.sparseCheckoutFile);
  // Takes the files that are there into the index, so that the next step writes only what is missing or wrong.
  if (!isNew) await git(['reset', '--mixed', hash, '--'], target, signal);
  await git(['reset', '--hard', hash, '--'], target, signal);
  await dateIndexAfterFiles(target.gitDir);
  await updateSubmodules({ ...target, url: options.repo.url }, options, git, signal);
  const differences = await describeWorktree(layout, hash, options, git, signal);
  if (differences === undefined || /^\S \S*D/m.test(differences)) {
    throw new AppError(
      'TREE_INCOMPLETE',
      `${path} is not complete after the checkout: ${differences ?? 'its HEAD is not that commit'}`,
      'It will be made again; if this lasts, look at the volume of --root.',
    );
  }
  return differences;
}

/**
 * Sets the index's time one second ahead. Git reads every file again that is not older, in whole seconds, than the index
 * it is in (Documentation/technical/racy-git): after a checkout that is all of them, at each look, because our looks
 * write nothing. What this misses is a file that someone else changes in place, within that second, keeping its size.
 */
async function dateIndexAfterFiles(gitDir: string): Promise<void> {
  const index = join(gitDir, 'index');
  const after = new Date((await stat(index)).mtimeMs + 1_000);
  await utimes(index, after, after);
}

/** Removes the tree of a commit and what git knows of it. */
export async function removeWorktree(layout: Layout, hash: string, signal: AbortSignal): Promise<void> {
  await removeFolder(worktreePath(layout, hash), signal);
  await rm(worktreeGitDir(layout, hash), { recursive: true, force: true });
}

/** Starts the time after which a tree that is no longer published may go: its folder's mtime, as in git-sync. */
export async function markWorktreeStale(layout: Layout, hash: string, now: Date): Promise<void> {
  await utimes(worktreePath(layout, hash), now, now).catch(() => undefined);
}

/**
 * Removes the trees other than `keep` that are stale for longer than `timeoutMs`; resolves to their names. `staleForMs`
 * gets the name of a tree and the time it was marked with.
 */
export async function removeStaleWorktrees(
  layout: Layout,
  keep: string,
  timeoutMs: number,
  staleForMs: (name: string, staleAtMs: number) => number,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const removed: string[] = [];
  for (const name of await listWorktrees(layout)) {
    if (name === keep) continue;
    const { mtimeMs } = await stat(worktreePath(layout, name));
    if (staleForMs(name, mtimeMs) < timeoutMs) continue;
    await removeWorktree(layout, name, signal);
    removed.push(name);
  }
  return removed;
}

export async function listWorktrees(layout: Layout): Promise<readonly string[]> {
  return await readdir(layout.worktrees).catch(() => []);
}

/**
 * Tells git of the tree, as `git worktree add` does, but for a folder that may exist already (the repository may be
 * newer than the tree), and with a relative path in `.git`, so that git also works where the volume is mounted elsewhere.
 */
async function register(layout: Layout, hash: string): Promise<void> {
  const path = worktreePath(layout, hash);
  const gitDir = worktreeGitDir(layout, hash);
  await mkdir(gitDir, { recursive: true });
  await writeFile(join(gitDir, 'commondir'), '../..\n');
  await writeFile(join(gitDir, 'gitdir'), `${join(path, '.git')}\n`);
  await writeFile(join(gitDir, 'HEAD'), `${hash}\n`);
  await writeFile(join(path, '.git'), `gitdir: ${relative(path, gitDir)}\n`);
}
