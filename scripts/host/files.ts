/** Small things with files that node:fs has no word for. */
import { access, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** Whether something is at that path that may be looked at. */
export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/**
 * Makes a folder of the cache in one step: `fill` gets an empty one beside it, which takes its place when it is whole.
 * Does nothing where the folder is there already.
 */
export async function makeCacheFolder(folder: string, fill: (unfinished: string) => Promise<void>): Promise<void> {
  if (await exists(folder)) return;
  const unfinished = `${folder}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true });
  await fill(unfinished);
  await rename(unfinished, folder);
}

/** Writes a value as JSON in one step, so that an interruption leaves the old file or the new one. */
export async function writeJsonFile(path: string, value: unknown): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const unfinished = `${path}.${process.pid}`;
  await writeFile(unfinished, `${JSON.stringify(value, undefined, 2)}\n`);
  await rename(unfinished, path);
}

/** Removes the neighbours of a folder that is named by its content: earlier versions made them. */
export async function removeNeighbours(folder: string): Promise<void> {
  const parent = dirname(folder);
  const neighbours = (await readdir(parent)).filter((name) => name !== basename(folder));
  await Promise.all(neighbours.map((name) => rm(join(parent, name), { recursive: true })));
}

/** The path itself, or the nearest folder above it that is there. */
export async function nearestFolder(path: string): Promise<string> {
  return (await exists(path)) ? path : nearestFolder(dirname(path));
}
