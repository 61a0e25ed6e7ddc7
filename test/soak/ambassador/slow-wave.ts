/** Starts a wave of slow clients beside this thread. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

export interface WaveOptions {
  readonly count: number;
  readonly port: number;
}

export interface WaveOutcome {
  /** Each client that notices it: how long after its limit it was cut. */
  readonly cut: readonly { readonly kind: string; readonly limitMs: number; readonly lateMs: number }[];
  /** The longest time for which the clients themselves were held up. */
  readonly delayedMs: number;
}

export async function sendSlowWave(options: WaveOptions): Promise<WaveOutcome> {
  const worker = new Worker(new URL('slow-wave-main.ts', import.meta.url), { workerData: options });
  const [outcome] = (await once(worker, 'message')) as [WaveOutcome];
  await worker.terminate();
  return outcome;
}
