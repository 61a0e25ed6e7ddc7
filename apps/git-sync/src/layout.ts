/** Where things are below --root: the same places as kubernetes/git-sync v4, so that one can take over from the other. */
import { basename, dirname, join } from 'node:path';
import type { GitTarget } from './git.ts';

export interface Layout {
  readonly root: string;
  /** The published symlink; may be anywhere. */
  readonly link: string;
  readonly gitDir: string;
  readonly worktrees: string;
}

/** What we create for a moment only begins with this; leftovers of a kill are found by it. */
export const TEMPORARY_PREFIX = '.git-sync-tmp-';

export function createLayout(root: string, link: string): Layout {
  return { root, link, gitDir: join(root, '.git'), worktrees: join(root, '.worktrees') };
}

/** The tree of one commit. Its folder is named for the full hash. */
export function worktreePath(layout: Layout, hash: string): string {
  return join(layout.worktrees, hash);
}

/** Where git keeps index and HEAD of that tree: gitrepository-layout(5), `worktrees/<id>`. */
export function worktreeGitDir(layout: Layout, hash: string): string {
  return join(layout.gitDir, 'worktrees', hash);
}

export function worktreeTarget(layout: Layout, hash: string): GitTarget & { readonly workTree: string } {
  return { gitDir: worktreeGitDir(layout, hash), workTree: worktreePath(layout, hash) };
}

/** A path beside `path` that does not exist yet. */
export function temporaryPath(path: string, unique: string): string {
  return join(dirname(path), `${TEMPORARY_PREFIX}${basename(path)}-${unique}`);
}
