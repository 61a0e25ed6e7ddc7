/**
 * The folder that is shared with HAProxy: each generation in a folder of its own, and a symlink to the one that counts.
 * The link moves in one step, so HAProxy never reads half of a generation.
 */
import { mkdir, readdir, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Generation } from './render.ts';

const LINK = 'current';

export interface Store {
  /** Where the generation of that id stands, or will. */
  folderOf(id: string): string;
  /** The id that the link leads to; undefined if there is none. */
  current(): Promise<string | undefined>;
  write(generation: Generation): Promise<void>;
  /** Makes it the one that counts. */
  select(id: string): Promise<void>;
  /** Removes all generations but these. */
  keep(ids: readonly string[]): Promise<void>;
}

export function createStore(root: string): Store {
  const generations = join(root, 'generations');
  const folderOf = (id: string) => join(generations, id);
  return {
    folderOf,
    async current() {
      return (await readlink(join(root, LINK)).catch(() => undefined))?.split('/').at(-1);
    },
    async write({ id, files }) {
      const folder = folderOf(id);
      await rm(folder, { recursive: true, force: true });
      for (const [path, text] of Object.entries(files)) {
        await mkdir(dirname(join(folder, path)), { recursive: true, mode: 0o700 });
        // Some hold private keys.
        await writeFile(join(folder, path), text, { mode: 0o600 });
      }
    },
    async select(id) {
      const next = join(root, `${LINK}.next`);
      await rm(next, { force: true });
      await symlink(join('generations', id), next);
      await rename(next, join(root, LINK));
    },
    async keep(ids) {
      const others = (await readdir(generations)).filter((id) => !ids.includes(id));
      await Promise.all(others.map((id) => rm(folderOf(id), { recursive: true, force: true })));
    },
  };
}
