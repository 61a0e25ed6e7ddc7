/**
 * Removes a folder with all that is in it, file by file. Node.js itself removes all of them at once, and holds something
 * of each meanwhile: for a tree of 100,000 files that is more memory than all the rest of git-sync takes.
 */
import { readdir, rm, unlink } from 'node:fs/promises';

const SEPARATOR = Buffer.from('/');

/** Rejects with the reason of the signal when that aborts: what is left may be removed later. */
export async function removeFolder(path: string | Buffer, signal: AbortSignal): Promise<void> {
  // File names are bytes, and need not be UTF-8.
  const entries = await readdir(path, { withFileTypes: true, encoding: 'buffer' }).catch(() => []);
  for (const entry of entries) {
    signal.throwIfAborted();
    const child = Buffer.concat([Buffer.from(path), SEPARATOR, entry.name]);
    await (entry.isDirectory() ? removeFolder(child, signal) : unlink(child).catch(() => undefined));
  }
  // Also what a reader has put there meanwhile; and this one says what cannot be removed.
  await rm(path, { recursive: true, force: true });
}
