/** Finds a program in the PID namespace by what /proc says; in a Pod with a shared one, that is every container. */
import { readdir, readFile, readlink } from 'node:fs/promises';
import { basename, join } from 'node:path';

export interface FoundProcess {
  readonly pid: number;
  /** Clock ticks after boot; with the PID it identifies a process, as PIDs are used again. */
  readonly startTime: bigint;
}

interface Candidate extends FoundProcess {
  readonly parentPid: number;
  readonly name: string;
}

/** The kernel keeps this much of a program's name in /proc/PID/stat. */
const COMM_LENGTH = 15;

/**
 * All processes whose program has the name and whose parent's has not, so nginx's master and none of its workers;
 * the oldest first. The name is that of the executable file, or else what the kernel calls it (the first 15 characters
 * of the name it was started under, which for a script is the script's).
 */
export async function findProcesses(
  name: string,
  ownPid: number,
  procPath = '/proc',
): Promise<readonly FoundProcess[]> {
  const pids = (await readdir(procPath)).filter((entry) => /^\d+$/.test(entry)).map(Number);
  const all = await Promise.all(pids.map((pid) => inspect(procPath, pid, name)));
  const matches = all.filter((candidate) => candidate !== undefined && candidate.pid !== ownPid) as Candidate[];
  const matching = new Set(matches.map(({ pid }) => pid));
  return matches
    .filter(({ parentPid }) => !matching.has(parentPid))
    .sort((left, right) => Number(left.startTime - right.startTime) || left.pid - right.pid)
    .map(({ pid, startTime }) => ({ pid, startTime }));
}

/** When a process was started, or undefined if there is none (any more). */
export async function readStartTime(pid: number, procPath = '/proc'): Promise<bigint | undefined> {
  return (await readStat(procPath, pid))?.startTime;
}

async function inspect(procPath: string, pid: number, name: string): Promise<Candidate | undefined> {
  const stat = await readStat(procPath, pid);
  if (stat === undefined || stat.state === 'Z' || stat.state === 'X') return undefined;
  if (stat.name === name.slice(0, COMM_LENGTH)) return { pid, ...stat };
  // Unreadable for another user's processes and for the kernel's own.
  const executable = await readlink(join(procPath, String(pid), 'exe')).catch(() => '');
  return basename(executable.replace(/ \(deleted\)$/, '')) === name ? { pid, ...stat } : undefined;
}

/** proc_pid_stat(5): `pid (name) state parent …`, where the name may itself hold spaces and brackets. */
async function readStat(
  procPath: string,
  pid: number,
): Promise<{ name: string; state: string; parentPid: number; startTime: bigint } | undefined> {
  const text = await readFile(join(procPath, String(pid), 'stat'), 'utf8').catch(() => '');
  const groups = /^\d+ \((?<name>.*)\) (?<rest>.+)$/s.exec(text)?.groups;
  if (groups === undefined) return undefined;
  const fields = groups['rest']?.split(' ') ?? [];
  const [state = '', parentPid] = fields;
  return { name: groups['name'] ?? '', state, parentPid: Number(parentPid), startTime: BigInt(fields[19] ?? 0) };
}
