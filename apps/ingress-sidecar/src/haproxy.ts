/** HAProxy in the container beside: told by a signal to read its configuration again, and asked which one it uses. */
import { setTimeout as sleep } from 'node:timers/promises';
import { signalProcess } from '@pod-patterns/runtime/signal-process.ts';

export interface Haproxy {
  /**
   * Resolves to `used` when HAProxy serves that generation, `refused` when it still does not after a while, and `absent`
   * when it does not run: then it reads the configuration when it starts.
   */
  reload(id: string, signal: AbortSignal): Promise<'used' | 'refused' | 'absent'>;
}

export interface HaproxyOptions {
  readonly opsPort: number;
  /** A reload takes a tenth of a second; a busy machine may take much longer. */
  readonly timeoutMs: number;
  readonly ownPid: number;
}

const PATIENCE_MS = 10_000;
const POLL_MS = 50;

export function createHaproxy({ opsPort, timeoutMs, ownPid }: HaproxyOptions): Haproxy {
  const inUse = async (signal: AbortSignal) => {
    // A connection of its own each time: one that is kept open stays with the old process.
    const headers = { connection: 'close' };
    const answer = await fetch(`http://127.0.0.1:${opsPort}/generation`, { headers, signal }).catch(() => undefined);
    return answer?.text();
  };
  return {
    async reload(id, signal) {
      const { pid } = await signalProcess({
        ...{ pattern: { name: 'haproxy', argv: undefined }, signal: 'SIGUSR2', sender: 'ingress-sidecar' },
        ...{ ownPid, patienceMs: PATIENCE_MS, abort: signal },
      });
      if (pid === undefined) return 'absent';
      const deadline = performance.now() + timeoutMs;
      while (performance.now() < deadline) {
        if ((await inUse(AbortSignal.any([signal, AbortSignal.timeout(1_000)]))) === id) return 'used';
        await sleep(POLL_MS, undefined, { signal });
      }
      return 'refused';
    },
  };
}
