/** The symlink that readers follow. It only ever moves by rename(2), which no reader can catch half-way. */
import { randomUUID } from 'node:crypto';
import { lstat, mkdir, open, readlink, rename, rm, symlink } from 'node:fs/promises';
import { basename, dirname, relative, resolve } from 'node:path';
import { AppError } from '@pod-patterns/runtime/errors.ts';
import { temporaryPath, worktreePath, type Layout } from './layout.ts';
import { isFullHash } from './ref-name.ts';

/** The hash that is published now; undefined if there is no link or it leads elsewhere. */
export async function readPublishedHash(layout: Layout): Promise<string | undefined> {
  const target = await readlink(layout.link).catch(() => undefined);
  if (target === undefined) return undefined;
  const hash = basename(target);
  const isOurs = resolve(dirname(layout.link), target) === worktreePath(layout, hash) && isFullHash(hash);
  return isOurs ? hash : undefined;
}

/**
 * Points the link at the tree of `hash`. The target is relative, so that it holds wherever the volume is mounted.
 * Throws an AppError `LINK_OCCUPIED` if something that is no symlink is in its place.
 */
export async function publishHash(layout: Layout, hash: string): Promise<void> {
  const folder = dirname(layout.link);
  await mkdir(folder, { recursive: true });
  const present = await lstat(layout.link).catch(() => undefined);
  if (present !== undefined && !present.isSymbolicLink()) {
    throw new AppError(
      'LINK_OCCUPIED',
      `${layout.link} exists and is no symlink`,
      'Move it away, or name another --link.',
    );
  }
  const temporary = temporaryPath(layout.link, randomUUID());
  await symlink(relative(folder, worktreePath(layout, hash)), temporary);
  try {
    await rename(temporary, layout.link);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(folder);
}

/** Makes the rename last through a power cut. Some file systems cannot do this for a folder; they do without. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync().catch(() => undefined);
  } finally {
    await handle.close();
  }
}
