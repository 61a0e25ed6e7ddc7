/** Whether there is room where something large is kept. */
import { freeBytesAt, NEEDED_BYTES } from '../engine/disk-space.ts';
import { nearestFolder } from '../host/files.ts';
import type { Finding } from './finding.ts';

const GIB = 1024 ** 3;

/** The folder need not be there yet. `shortage`: how bad it is if there is none, and where room can be made. */
export async function checkDisk(
  check: string,
  folder: string,
  shortage: Required<Pick<Finding, 'state' | 'fix'>>,
): Promise<Finding> {
  const freeBytes = await freeBytesAt(await nearestFolder(folder));
  const found = `${(freeBytes / GIB).toFixed(1)} GiB free for ${folder}`;
  const why = `On a full disk the cluster evicts Pods and image archives break off: ${NEEDED_BYTES / GIB} GiB are needed.`;
  return { check, found, why, ...(freeBytes >= NEEDED_BYTES ? { state: 'ok' } : shortage) };
}
