/** Who holds the lease: written into it for people to read, and for others on the same machine to look after. */
import { createHash, randomBytes } from 'node:crypto';
import { readFile, readlink } from 'node:fs/promises';
import { hostname, userInfo } from 'node:os';

const PATTERN = /^(?<who>.* process (?<pid>\d+)) \((?<machine>\w*)\.\w+\)$/;

/** Such as `up by anna@laptop, process 4711 (3f2a9c1b.8d21)`; no two runs have the same. */
export async function describeHolder(command: string): Promise<string> {
  const run = randomBytes(4).toString('hex');
  return `${command} by ${userName()}@${hostname()}, process ${process.pid} (${await machineId()}.${run})`;
}

/** The same without what only programs need. */
export function holderForPeople(identity: string): string {
  return PATTERN.exec(identity)?.groups?.['who'] ?? identity;
}

/** Whether the holder was a process of this machine that is no more: nobody needs to wait for its lease to expire. */
export async function hasEnded(identity: string): Promise<boolean> {
  const { pid, machine } = PATTERN.exec(identity)?.groups ?? {};
  if (!machine || machine !== (await machineId())) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/**
 * What process ids are unique within: one start of one kernel, and one process namespace of it, because the kit may run
 * in a container. Empty where that cannot be told.
 */
async function machineId(): Promise<string> {
  try {
    const parts = await Promise.all([
      readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
      readlink('/proc/self/ns/pid'),
    ]);
    return createHash('sha256').update(parts.join()).digest('hex').slice(0, 8);
  } catch {
    return '';
  }
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run under a number that has no name.
    return `uid-${process.getuid?.() ?? 'unknown'}`;
  }
}
