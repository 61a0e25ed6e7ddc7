/** Starts a wave of slow clients beside this thread. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

export interface WaveOptions {
  readonly count: number;
  readonly port: number;
}

/** A client that has noticed that it was cut. */
export interface CutClient {
  readonly kind: string;
  readonly limitMs: number;
  /** How long after its limit. */
  readonly lateMs: number;
}

export interface WaveOutcome {
  readonly cut: readonly CutClient[];
  /** The longest time for which the clients themselves were held up. */
  readonly delayedMs: number;
}

export async function sendSlowWave(options: WaveOptions): Promise<WaveOutcome> {
  const worker = new Worker(new URL('slow-wave-main.ts', import.meta.url), { workerData: options });
  const [outcome] = (await once(worker, 'message')) as [WaveOutcome];
  await worker.terminate();
  return outcome;
}
