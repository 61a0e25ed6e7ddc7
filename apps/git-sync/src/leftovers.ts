/**
 * What a process leaves behind that was killed: lock files, half-written packs, temporary links. Removed before git is
 * used, which takes every lock for a process that still runs. That none does is what the lock of --root is for.
 */
import { readdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { TEMPORARY_PREFIX, type Layout } from './layout.ts';

/** Removes them and resolves to their paths. No git process of ours may run meanwhile. */
export async function removeLeftovers(layout: Layout): Promise<readonly string[]> {
  const isNoFolder = await stat(layout.gitDir).then(
    (entry) => !entry.isDirectory(),
    () => false,
  );
  const found = [
    ...(isNoFolder ? [layout.gitDir] : []),
    ...(await findTemporary(layout.root)),
    ...(await findTemporary(dirname(layout.link))),
    ...(await findInRepository(layout.gitDir)),
  ];
  const paths = [...new Set(found)];
  for (const path of paths) await rm(path, { recursive: true, force: true });
  return paths;
}

async function findTemporary(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => name.startsWith(TEMPORARY_PREFIX)).map((name) => join(folder, name));
}

/** No ref may end in `.lock`, so every such file is a lock; `tmp_*` is how git names objects that are being written. */
async function findInRepository(gitDir: string): Promise<readonly string[]> {
  const entries = await readdir(gitDir, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter(({ name, parentPath }) => {
      const isInObjects = /\/objects(?:\/|$)/.test(parentPath.slice(gitDir.length)) && !parentPath.includes('/refs/');
      if (isInObjects) return name.startsWith('tmp_') || name.startsWith('.tmp-') || name.endsWith('.lock');
      return name.endsWith('.lock') || name === 'gc.pid';
    })
    .map(({ name, parentPath }) => join(parentPath, name));
}
