/** Finds a program in the PID namespace by what /proc says; in a Pod with a shared one, that is every container. */
import { readdir, readFile, readlink } from 'node:fs/promises';
import { basename, join } from 'node:path';

/** What the process must be; at least one of the two. */
export interface ProcessPattern {
  /** Of its executable file, or what the kernel calls it. */
  readonly name: string | undefined;
  /** Matches its arguments, the program's own name first, joined by spaces. */
  readonly argv: RegExp | undefined;
}

export interface FoundProcess {
  readonly pid: number;
  /** Clock ticks after boot; with the PID it identifies a process, as PIDs are used again. */
  readonly startTime: bigint;
}

interface ProcessStat extends FoundProcess {
  readonly name: string;
  readonly state: string;
  readonly parentPid: number;
}

/** The kernel keeps this much of a program's name in /proc/PID/stat. */
const COMM_LENGTH = 15;

/**
 * All processes that fit the pattern and whose parent does not, so nginx's master and none of its workers; the oldest
 * first. `ownPid` and what it has started are not among them: a git of ours may well have the wanted word in its
 * arguments. The name is that of the executable file, or else what the kernel calls it (the first 15 characters of the
 * name it was started under, which for a script is the script's).
 */
export async function findProcesses(
  pattern: ProcessPattern,
  ownPid: number,
  procPath = '/proc',
): Promise<readonly FoundProcess[]> {
  const pids = (await readdir(procPath)).filter((entry) => /^\d+$/.test(entry)).map(Number);
  const stats = await Promise.all(pids.map((pid) => readStat(procPath, pid)));
  const all = new Map(stats.filter((stat) => stat !== undefined).map((stat) => [stat.pid, stat]));
  const foreign = [...all.values()].filter((stat) => !isBelow(all, stat, ownPid));
  const fits = await Promise.all(foreign.map((stat) => doesFit(procPath, stat, pattern)));
  const matches = foreign.filter((_, index) => fits[index]);
  const matching = new Set(matches.map(({ pid }) => pid));
  return matches
    .filter(({ parentPid }) => !matching.has(parentPid))
    .sort((left, right) => Number(left.startTime - right.startTime) || left.pid - right.pid)
    .map(({ pid, startTime }) => ({ pid, startTime }));
}

/** Whether that very process is still there, and is still the program that was looked for: it may have run another. */
export async function isStill(
  { pid, startTime }: FoundProcess,
  pattern: ProcessPattern,
  procPath = '/proc',
): Promise<boolean> {
  const stat = await readStat(procPath, pid);
  return stat?.startTime === startTime && (await doesFit(procPath, stat, pattern));
}

/** Whether a process is `ancestorPid` or comes from it. */
function isBelow(all: ReadonlyMap<number, ProcessStat>, stat: ProcessStat, ancestorPid: number): boolean {
  // Read one after the other, so the chain may hold a PID that was used again meanwhile, and in theory a ring.
  const seen = new Set<number>();
  for (let one: ProcessStat | undefined = stat; one !== undefined; one = all.get(one.parentPid)) {
    if (one.pid === ancestorPid) return true;
    if (seen.has(one.pid)) return false;
    seen.add(one.pid);
  }
  return false;
}

async function doesFit(procPath: string, stat: ProcessStat, { name, argv }: ProcessPattern): Promise<boolean> {
  if (stat.state === 'Z' || stat.state === 'X') return false;
  return (
    (name === undefined || (await hasName(procPath, stat, name))) &&
    (argv === undefined || (await hasArguments(procPath, stat, argv)))
  );
}

async function hasName(procPath: string, stat: ProcessStat, name: string): Promise<boolean> {
  if (stat.name === name.slice(0, COMM_LENGTH)) return true;
  // Unreadable for another user's processes and for the kernel's own.
  const executable = await readlink(join(procPath, String(stat.pid), 'exe')).catch(() => '');
  return basename(executable.replace(/ \(deleted\)$/, '')) === name;
}

async function hasArguments(procPath: string, { pid }: ProcessStat, argv: RegExp): Promise<boolean> {
  const cmdline = await readFile(join(procPath, String(pid), 'cmdline'), 'utf8').catch(() => '');
  // The kernel's own have none.
  return cmdline !== '' && argv.test(cmdline.replace(/\0+$/, '').replaceAll('\0', ' '));
}

/** proc_pid_stat(5): `pid (name) state parent …`, where the name may itself hold spaces and brackets. */
async function readStat(procPath: string, pid: number): Promise<ProcessStat | undefined> {
  const text = await readFile(join(procPath, String(pid), 'stat'), 'utf8').catch(() => '');
  const groups = /^\d+ \((?<name>.*)\) (?<rest>.+)$/s.exec(text)?.groups;
  if (groups === undefined) return undefined;
  const fields = groups['rest']?.split(' ') ?? [];
  const [state = '', parentPid] = fields;
  return { pid, name: groups['name'] ?? '', state, parentPid: Number(parentPid), startTime: BigInt(fields[19] ?? 0) };
}
