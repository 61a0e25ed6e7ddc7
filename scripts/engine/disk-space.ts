/** Whether there is room: a full disk shows up late, as evicted Pods and broken archives. */
import { mkdir, statfs } from 'node:fs/promises';
import { AppError } from '../../apps/runtime/src/errors.ts';

/** Node image, images of the apps, build cache and the cluster's own copies, with some air. */
export const NEEDED_BYTES = 8 * 1024 ** 3;

export async function freeBytesAt(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/** Throws DISK_FULL unless the file system of the folder has enough room for the kit. */
export async function requireDiskSpace(folder: string, neededBytes = NEEDED_BYTES): Promise<void> {
  await mkdir(folder, { recursive: true });
  const freeBytes = await freeBytesAt(folder);
  if (freeBytes >= neededBytes) return;
  const gib = (bytes: number) => `${(bytes / 1024 ** 3).toFixed(1)} GiB`;
  throw new AppError(
    'DISK_FULL',
    `${gib(freeBytes)} are free at ${folder}, ${gib(neededBytes)} are needed`,
    'Make room (docker system prune), or set XDG_CACHE_HOME to a folder on a larger disk.',
  );
}
