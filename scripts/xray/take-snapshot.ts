/** One snapshot, taken once every running container has answered. */
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../apps/runtime/src/errors.ts';
import { startObserver, type ObserverOptions } from './observer.ts';
import type { Snapshot } from './snapshot.ts';

const TIMEOUT_MS = 15_000;

/** Throws OBJECT_ABSENT if there is no such Pod. What has not answered in time is told in its notes. */
export async function takeSnapshot(options: Omit<ObserverOptions, 'onChange'>): Promise<Omit<Snapshot, 'actions'>> {
  const stop = new AbortController();
  const changed = { resolve: () => {} };
  const observer = startObserver({
    ...options,
    signal: AbortSignal.any([options.signal, stop.signal]),
    onChange: () => changed.resolve(),
  });
  const deadline = options.now() + TIMEOUT_MS;
  try {
    while (!observer.isComplete() && options.now() < deadline) {
      options.signal.throwIfAborted();
      const next = Promise.withResolvers<void>();
      changed.resolve = next.resolve;
      await Promise.race([next.promise, observer.done, sleep(500, undefined, { ref: false })]);
    }
    const snapshot = observer.snapshot();
    if (snapshot !== undefined) return snapshot;
  } finally {
    stop.abort();
    await observer.done.catch(() => {});
  }
  throw new AppError(
    'OBJECT_ABSENT',
    `there is no Pod "${options.name}" now`,
    'npm run status shows the Pods there are.',
  );
}
