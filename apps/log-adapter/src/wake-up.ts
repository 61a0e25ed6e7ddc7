/** What the loop of an input waits for: a change in its folder, or a time that has come. */
import { watch, type FSWatcher } from 'node:fs';

export interface WakeUp {
  /** Files came, went or were renamed since this was asked last; always true if the folder cannot be watched. */
  takeRenamed(): boolean;
  /** Resolves at the next change, at once if there was one since the last wait, or after the time. */
  wait(timeoutMs: number): Promise<void>;
  notify(): void;
  close(): void;
}

/** Watches a folder; one that is not there (yet) is tried again whenever the names are asked for. */
export function createWakeUp(folder: string): WakeUp {
  let isRenamed = true;
  let isNotified = false;
  let wake: (() => void) | undefined;
  let watcher: FSWatcher | undefined;

  const notify = (): void => {
    isNotified = true;
    wake?.();
  };
  const stopWatching = (): void => {
    watcher?.close();
    watcher = undefined;
    isRenamed = true;
  };
  const startWatching = (): void => {
    try {
      watcher = watch(folder, (event) => {
        if (event === 'rename') isRenamed = true;
        notify();
      });
      watcher.on('error', stopWatching);
    } catch {
      // No such folder, or no more watches in the system: looking at intervals goes on alone.
    }
  };
  startWatching();

  return {
    takeRenamed() {
      if (watcher === undefined) {
        startWatching();
        return true;
      }
      const wasRenamed = isRenamed;
      isRenamed = false;
      return wasRenamed;
    },
    async wait(timeoutMs) {
      if (!isNotified) {
        const { promise, resolve } = Promise.withResolvers<void>();
        wake = resolve;
        const timer = setTimeout(resolve, timeoutMs);
        await promise;
        clearTimeout(timer);
        wake = undefined;
      }
      isNotified = false;
    },
    notify,
    close: stopWatching,
  };
}
