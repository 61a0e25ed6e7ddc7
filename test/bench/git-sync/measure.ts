/** What a process and its children take, as the kernel counts it. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parentOf, processIds } from '../../../apps/runtime/src/test-support/process-tree.ts';
import { memoryBytes } from '../../support/process-memory.ts';

/** CLK_TCK is 100 on every Linux that Node.js runs on. */
const MS_PER_TICK = 10;
const SAMPLE_MS = 20;

/** Milliseconds of CPU that a process has used, with the children that it has waited for. */
export function cpuMs(pid: number): number {
  return cpuMsOf(readFileSync(`/proc/${pid}/stat`, 'utf8'));
}

/** The same of the text of its `stat`: proc_pid_stat(5). */
export function cpuMsOf(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // utime, stime, cutime and cstime: the fields 14 to 17, of which these begin at the third.
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) * MS_PER_TICK;
}

export function rssBytes(pid: number | string): number {
  try {
    return memoryBytes(pid, 'VmRSS') || 0;
  } catch {
    return 0;
  }
}

/** The most memory that all processes below this one have had together while `work` went on. */
export async function peakOfChildren<Result>(work: Promise<Result>): Promise<{ peakBytes: number; result: Result }> {
  const done = new AbortController();
  let peakBytes = 0;
  const watch = async () => {
    while (!done.signal.aborted) {
      const bytes = descendants(process.pid).reduce((sum, pid) => sum + rssBytes(pid), 0);
      peakBytes = Math.max(peakBytes, bytes);
      await sleep(SAMPLE_MS);
    }
  };
  const watched = watch();
  const result = await work.finally(() => done.abort());
  await watched;
  return { peakBytes, result };
}

function descendants(ancestor: number): number[] {
  const parents = new Map(processIds().map((pid) => [pid, parentOf(pid)] as const));
  const isBelow = (pid: number): boolean => {
    const parent = parents.get(pid);
    return parent !== undefined && (parent === ancestor || isBelow(parent));
  };
  return [...parents.keys()].filter((pid) => isBelow(pid));
}

export function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}
