/** A process with its descendants, as /proc shows them. */
import { readdirSync, readFileSync } from 'node:fs';

/** Ends a process and all its descendants at once, as the kernel does with a container that is out of memory. */
export function killTree(pid: number): void {
  const pids = [pid];
  stop(pid, 'SIGSTOP');
  for (let index = 0; index < pids.length; index += 1) {
    for (const child of childrenOf(pids[index] ?? 0)) {
      stop(child, 'SIGSTOP');
      pids.push(child);
    }
  }
  for (const one of pids) stop(one, 'SIGKILL');
}

export function childrenOf(pid: number): readonly number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((child) => parentOf(child) === pid);
}

function parentOf(pid: number): number | undefined {
  try {
    return Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1]);
  } catch {
    return undefined;
  }
}

function stop(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended by itself.
  }
}
