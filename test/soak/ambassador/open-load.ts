/**
 * Requests at a rate that does not depend on how fast they are answered (an open loop): a proxy that stalls for a moment
 * gets what has come meanwhile all at once, as it would from real clients.
 */
import { setTimeout as sleep } from 'node:timers/promises';

const TICK_MS = 5;
/** So that after a stall of this process the rest is caught up with over several ticks. */
const MAX_PER_TICK = 50;
/** Loops by which the most that is possible is measured. */
const CAPACITY_LOOPS = 64;

export interface OpenLoad {
  readonly sent: number;
  /** Sends no more, and waits until all that was sent has ended. */
  stop(): Promise<void>;
}

/** Calls `send` so many times a second. */
export function startOpenLoad(requestsPerSecond: number, send: () => Promise<void>): OpenLoad {
  const startedAtMs = performance.now();
  const open = new Set<Promise<void>>();
  let sent = 0;
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - startedAtMs) / 1_000) * requestsPerSecond);
    const last = Math.min(due, sent + MAX_PER_TICK);
    while (sent < last) {
      const ended = send().finally(() => open.delete(ended));
      open.add(ended);
      sent += 1;
    }
  }, TICK_MS);
  return {
    get sent() {
      return sent;
    },
    async stop() {
      clearInterval(timer);
      while (open.size > 0) await Promise.all(open);
    },
  };
}

/** How many requests a second are answered if each is followed by the next at once. */
export async function measureCapacity(
  durationMs: number,
  send: () => Promise<void>,
  loopCount = CAPACITY_LOOPS,
): Promise<number> {
  let sent = 0;
  const startedAtMs = performance.now();
  const over = new AbortController();
  const loops = Array.from({ length: loopCount }, async () => {
    while (!over.signal.aborted) {
      sent += 1;
      await send();
    }
  });
  await sleep(durationMs);
  over.abort();
  await Promise.all(loops);
  return Math.floor((sent / (performance.now() - startedAtMs)) * 1_000);
}
