/**
 * Symlinks that lead out of a tree. A reader that follows one, as a web server does, would show what is outside:
 * another commit, git's own files, or those of the reader's container.
 */
import { lstat, readdir, readlink } from 'node:fs/promises';

/** The kernel follows no more than this (path_resolution(7)). */
const MAX_LINKS = 40;

/**
 * The first symlink below `tree` that leads out of it, or through something that does; undefined if there is none. An
 * absolute one always does: the tree has another path in each container. It need not lead to anything that exists here.
 */
export async function findOutsideSymlink(tree: string): Promise<string | undefined> {
  return await searchFolder(Buffer.from(tree).toString('latin1'), []);
}

/** File names are bytes, and need not be UTF-8: as Latin-1, each byte is a character. */
function bytes(...parts: readonly string[]): Buffer {
  return Buffer.from(parts.join('/'), 'latin1');
}

async function searchFolder(tree: string, folder: readonly string[]): Promise<string | undefined> {
  const entries = await readdir(bytes(tree, ...folder), { withFileTypes: true, encoding: 'latin1' });
  for (const entry of entries) {
    const path = [...folder, entry.name];
    if (entry.isDirectory()) {
      const found = await searchFolder(tree, path);
      if (found !== undefined) return found;
    } else if (entry.isSymbolicLink() && (await leadsOut(tree, path))) {
      return bytes(...path).toString('utf8');
    }
  }
  return undefined;
}

/** Follows a path as the kernel does, one name after the other. */
async function leadsOut(tree: string, path: readonly string[]): Promise<boolean> {
  const reached: string[] = [];
  const ahead = [...path];
  let links = 0;
  for (let name = ahead.shift(); name !== undefined; name = ahead.shift()) {
    if (name === '' || name === '.') continue;
    if (name === '..') {
      if (reached.pop() === undefined) return true;
      continue;
    }
    const here = bytes(tree, ...reached, name);
    const entry = await lstat(here).catch(() => undefined);
    if (entry?.isSymbolicLink() !== true) {
      reached.push(name);
      continue;
    }
    links += 1;
    if (links > MAX_LINKS) return false;
    const target = await readlink(here, 'latin1');
    if (target.startsWith('/')) return true;
    ahead.unshift(...target.split('/'));
  }
  return false;
}
