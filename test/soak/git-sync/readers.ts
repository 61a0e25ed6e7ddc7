/** Readers of a published link that go on reading, whatever happens to git-sync. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { ReaderData, ReaderReport } from './reader-main.ts';

export interface Readers extends AsyncDisposable {
  /** Ends them; resolves to what each has seen. */
  readonly stop: () => Promise<readonly ReaderReport[]>;
}

export function startReaders(count: number, data: ReaderData): Readers {
  const workers = Array.from(
    { length: count },
    () => new Worker(new URL('reader-main.ts', import.meta.url), { workerData: data }),
  );
  return {
    stop: async () => {
      const reports = workers.map(async (worker) => {
        const reported = once(worker, 'message') as Promise<[ReaderReport]>;
        // To a thread, not to a window.
        // oxlint-disable-next-line unicorn/require-post-message-target-origin
        worker.postMessage('end');
        return (await reported)[0];
      });
      return await Promise.all(reports);
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}
