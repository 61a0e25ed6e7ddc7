/**
 * Ends everything that a call has started, grandchildren too. simple-git interrupts only the git process itself when it
 * is aborted, and does not tell its PID; the transports and checkouts below would go on writing.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { ChildProcess } from 'node:child_process';
import { subscribe } from 'node:diagnostics_channel';

/** How long the processes may take to remove their lock files before they are killed. */
const GRACE_MS = 500;

const running = new AsyncLocalStorage<Set<ChildProcess>>();
subscribe('child_process', (message) => {
  running.getStore()?.add((message as { process: ChildProcess }).process);
});

/**
 * Runs `start`; when the signal aborts, each child it has spawned gets SIGTERM and half a second later SIGKILL, with
 * its process group if it leads one (started by `setsid`). Settles as `start` does; if that fails, nothing of it is left.
 */
export async function withProcessGroups<T>(signal: AbortSignal, start: () => Promise<T>): Promise<T> {
  const children = new Set<ChildProcess>();
  let killer: NodeJS.Timeout | undefined;
  const onAbort = () => {
    killAll(children, 'SIGTERM');
    killer = setTimeout(() => killAll(children, 'SIGKILL'), GRACE_MS);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await running.run(children, start);
  } catch (error) {
    // The leader is gone, killed perhaps by others; whatever is left of its group must not be.
    killAll(children, 'SIGKILL');
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
    clearTimeout(killer);
  }
}

function killAll(children: ReadonlySet<ChildProcess>, signal: NodeJS.Signals): void {
  for (const child of children) {
    if (child.pid === undefined) continue;
    try {
      process.kill(-child.pid, signal);
    } catch {
      // It leads no group (yet), or is gone; ChildProcess knows which, so a PID that was used again is safe.
      child.kill(signal);
    }
  }
}
