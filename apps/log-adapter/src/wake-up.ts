/** What the loop of an input waits for: a change in its folders, or a time that has come. */
import { watch, type FSWatcher } from 'node:fs';

export interface WakeUp {
  /** Files came, went or were renamed since this was asked last; always true if a folder cannot be watched. */
  takeRenamed(): boolean;
  /** The names of the files that have changed since this was asked last; undefined if it may be any. */
  takeChanged(): ReadonlySet<string> | undefined;
  /** Resolves at the next change, at once if there was one since the last wait, or after the time. */
  wait(timeoutMs: number): Promise<void>;
  /** The same, but a file that only grows is no change. */
  waitForNames(timeoutMs: number): Promise<void>;
  notify(): void;
  close(): void;
}

/** Watches folders; one that is not there (yet) is tried again whenever the names are asked for. */
export function createWakeUp(folders: readonly string[]): WakeUp {
  let isRenamed = true;
  let isNotified = false;
  let changed: Set<string> | undefined;
  let isForNames = false;
  let wake: (() => void) | undefined;
  const watchers = new Map<string, FSWatcher>();

  const notify = (): void => {
    isNotified = true;
    wake?.();
  };
  const stopWatching = (folder: string): void => {
    watchers.get(folder)?.close();
    watchers.delete(folder);
    isRenamed = true;
  };
  const startWatching = (folder: string): void => {
    try {
      const watcher = watch(folder, (event, name) => {
        if (event === 'rename') isRenamed = true;
        if (name === null) changed = undefined;
        else changed?.add(name);
        if (event === 'rename' || !isForNames) notify();
        else isNotified = true;
      });
      watchers.set(
        folder,
        watcher.on('error', () => stopWatching(folder)),
      );
    } catch {
      // No such folder, or no more watches in the system: looking at intervals goes on alone.
    }
  };
  for (const folder of folders) startWatching(folder);

  const sleep = async (timeoutMs: number): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    wake = resolve;
    const timer = setTimeout(resolve, timeoutMs);
    await promise;
    clearTimeout(timer);
    wake = undefined;
  };

  return {
    takeRenamed() {
      if (watchers.size < folders.length) {
        for (const folder of folders) if (!watchers.has(folder)) startWatching(folder);
        return true;
      }
      const wasRenamed = isRenamed;
      isRenamed = false;
      return wasRenamed;
    },
    takeChanged() {
      const taken = changed;
      changed = new Set();
      return taken;
    },
    async wait(timeoutMs) {
      if (!isNotified) await sleep(timeoutMs);
      isNotified = false;
    },
    async waitForNames(timeoutMs) {
      if (isRenamed && watchers.size > 0) return;
      isForNames = true;
      await sleep(timeoutMs);
      isForNames = false;
    },
    notify,
    close() {
      for (const folder of folders) stopWatching(folder);
    },
  };
}
