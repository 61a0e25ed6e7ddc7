/** The processes that there are, and one with all that it has started, as a container holds them. */
import { readdirSync, readFileSync } from 'node:fs';

/**
 * Ends a process and all its descendants at once, as the kernel does with a container that is out of memory. Returns the
 * arguments of each, the process itself first.
 */
export function killTree(pid: number): readonly (readonly string[])[] {
  const pids = [pid];
  stop(pid, 'SIGSTOP');
  for (let index = 0; index < pids.length; index += 1) {
    for (const child of childrenOf(pids[index] ?? 0)) {
      stop(child, 'SIGSTOP');
      pids.push(child);
    }
  }
  const commands = pids.map(argumentsOf);
  for (const one of pids) stop(one, 'SIGKILL');
  return commands;
}

export function childrenOf(pid: number): readonly number[] {
  return processIds().filter((child) => parentOf(child) === pid);
}

export function processIds(): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** Undefined for a process that has ended. */
export function parentOf(pid: number): number | undefined {
  try {
    return Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1]);
  } catch {
    return undefined;
  }
}

/** None for a process that has ended. */
export function argumentsOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
  } catch {
    return [];
  }
}

function stop(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended by itself.
  }
}
