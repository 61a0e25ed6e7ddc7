/** Names for things by what went into them, so that what is unchanged is recognised and never made twice. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

/** A short hash of texts and bytes; the order and the borders between the parts count. */
export function contentHash(...parts: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  return hash.digest('hex').slice(0, 12);
}

/** All files below a folder, their paths relative to it and sorted, with their content. */
export async function readTree(folder: string): Promise<{ path: string; content: Buffer }[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
  return Promise.all(paths.map(async (path) => ({ path, content: await readFile(join(folder, path)) })));
}

/** The hash of all files below a folder, names included. */
export async function treeHash(folder: string): Promise<string> {
  return contentHash(...(await readTree(folder)).flatMap(({ path, content }) => [path, content]));
}
