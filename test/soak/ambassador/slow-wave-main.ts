/**
 * One wave of slow clients, in a thread of its own: what they cost this side may not delay those who are measured beside
 * them. Posts how late each was cut, and ends.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { beSlow, SLOW_KINDS, SLOW_READER } from './slow-clients.ts';
import type { CutClient, WaveOptions, WaveOutcome } from './slow-wave.ts';

/** 200 a second: all of 1,000 are there before the first is cut, and their arrival is no flood of its own. */
const ARRIVAL_INTERVAL_MS = 5;
/** However many clients there are: megabytes go to each before it is slow, and others wait for those like for any download. */
const READERS = 6;
/** In which each is cut; also one that reads nothing, for which all buffers on the way have to be full first. */
const STAY_MS = 15_000;

const { count, port } = workerData as WaveOptions;
const readerEvery = Math.ceil(count / READERS);
using delay = monitorEventLoopDelay();
delay.enable();
const cut: CutClient[] = [];

async function sendSlow(index: number): Promise<void> {
  const kind = index % readerEvery === 0 ? SLOW_READER : SLOW_KINDS[index % SLOW_KINDS.length];
  if (kind === undefined) return;
  await sleep(index * ARRIVAL_INTERVAL_MS);
  const { name, limitMs, isReader } = kind;
  const tookMs = await beSlow(kind, port, STAY_MS);
  // One that reads nothing does not notice its end.
  if (isReader !== true) cut.push({ kind: name, limitMs, lateMs: tookMs - limitMs });
}

await Promise.all(Array.from({ length: count }, (_, index) => sendSlow(index)));
const outcome: WaveOutcome = { cut, delayedMs: delay.max / 1e6 };
// To a thread, not to a window.
// oxlint-disable-next-line unicorn/require-post-message-target-origin
parentPort?.postMessage(outcome);
