/** A file as the kubelet mounts it from a ConfigMap or a Secret. */
import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * Makes the file, a link through `..data` to a folder for each version. The function that comes back writes the next
 * version: `..data` moves to it in one step, and the folder of the one before is removed.
 */
export async function mountFile(path: string, text: string): Promise<(text: string) => Promise<void>> {
  const [folder, name] = [dirname(path), basename(path)];
  let version = 0;
  const update = async (next: string): Promise<void> => {
    const old = `..version-${version}`;
    const target = `..version-${(version += 1)}`;
    await mkdir(join(folder, target), { recursive: true });
    await writeFile(join(folder, target, name), next);
    await symlink(target, join(folder, '..data_tmp'));
    await rename(join(folder, '..data_tmp'), join(folder, '..data'));
    await rm(join(folder, old), { recursive: true, force: true });
  };
  await update(text);
  await symlink(`..data/${name}`, path);
  return update;
}
