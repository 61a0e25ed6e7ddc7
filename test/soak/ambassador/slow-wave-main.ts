/**
 * One wave of slow clients, in a thread of its own: what they cost this side may not delay those who are measured beside
 * them. Posts how late each was cut, and ends.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { beSlow, SLOW_KINDS, SLOW_READER } from './slow-clients.ts';
import type { WaveOptions, WaveOutcome } from './slow-wave.ts';

/** 200 a second: all of 1,000 are there before the first is cut, and their arrival is no flood of its own. */
const ARRIVAL_INTERVAL_MS = 5;
const GIVE_UP_MS = 15_000;
const READER_EVERY = 20;
/** In which all buffers on the way to a client that reads nothing are full, and it is cut. */
const READER_STAYS_MS = 15_000;

const { count, port } = workerData as WaveOptions;
using delay = monitorEventLoopDelay();
delay.enable();
const cut: WaveOutcome['cut'][number][] = [];

async function sendSlow(index: number): Promise<void> {
  const kind = index % READER_EVERY === 0 ? SLOW_READER : SLOW_KINDS[index % SLOW_KINDS.length];
  if (kind === undefined) return;
  await sleep(index * ARRIVAL_INTERVAL_MS);
  // One that reads nothing does not notice its end, so it stays for longer than it may, and then leaves.
  const tookMs = await beSlow(kind, port, kind.isReader === true ? READER_STAYS_MS : GIVE_UP_MS);
  if (kind.isReader !== true) cut.push({ kind: kind.name, limitMs: kind.limitMs, lateMs: tookMs - kind.limitMs });
}

await Promise.all(Array.from({ length: count }, (_, index) => sendSlow(index)));
const outcome: WaveOutcome = { cut, delayedMs: delay.max / 1e6 };
// To a thread, not to a window.
// oxlint-disable-next-line unicorn/require-post-message-target-origin
parentPort?.postMessage(outcome);
