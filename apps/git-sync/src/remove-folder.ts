/**
 * Removes a folder with all that is in it, a few files at a time. Node.js itself removes all of them at once, and holds
 * something of each meanwhile: for a tree of 100,000 files that is more memory than all the rest of git-sync takes.
 */
import { readdir, rm, unlink } from 'node:fs/promises';

const SEPARATOR = Buffer.from('/');
const FILES_AT_ONCE = 64;

/** Rejects with the reason of the signal when that aborts: what is left may be removed later. */
export async function removeFolder(path: string | Buffer, signal: AbortSignal): Promise<void> {
  // File names are bytes, and need not be UTF-8.
  const entries = await readdir(path, { withFileTypes: true, encoding: 'buffer' }).catch(() => []);
  const childPath = ({ name }: { readonly name: Buffer }) => Buffer.concat([Buffer.from(path), SEPARATOR, name]);
  const files = entries.filter((entry) => !entry.isDirectory());
  for (let from = 0; from < files.length; from += FILES_AT_ONCE) {
    signal.throwIfAborted();
    const some = files.slice(from, from + FILES_AT_ONCE);
    await Promise.all(some.map(async (file) => await unlink(childPath(file)).catch(() => undefined)));
  }
  for (const entry of entries) if (entry.isDirectory()) await removeFolder(childPath(entry), signal);
  // Also what a reader has put there meanwhile; and this one says what cannot be removed.
  await rm(path, { recursive: true, force: true });
}
