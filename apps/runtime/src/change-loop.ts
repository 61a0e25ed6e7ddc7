/** Work that is done anew whenever something has changed. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describeError } from './errors.ts';
import type { Logger } from './logger.ts';

export interface ChangeLoopOptions {
  /** Brings about what is wanted now. */
  readonly work: (signal: AbortSignal) => Promise<void>;
  readonly log: Logger;
  /** Changes come in swarms, as in a rollout: they are collected for so long. */
  readonly settleMs: number;
  /** After a failure it is tried again, although nothing has changed. */
  readonly retryMs: number;
}

export interface ChangeLoop {
  /** Something has changed. */
  readonly wake: () => void;
  /** Works until the signal aborts, never twice at once. */
  readonly run: (signal: AbortSignal) => Promise<void>;
}

export function createChangeLoop({ work, log, settleMs, retryMs }: ChangeLoopOptions): ChangeLoop {
  let changed = Promise.withResolvers<void>();
  return {
    wake: () => changed.resolve(),
    async run(signal) {
      const aborted = new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
      while (!signal.aborted) {
        await Promise.race([changed.promise, aborted]);
        await sleep(settleMs, undefined, { signal }).catch(() => undefined);
        if (signal.aborted) return;
        changed = Promise.withResolvers();
        try {
          await work(signal);
        } catch (error) {
          if (signal.aborted) return;
          log.error({ reason: describeError(error) }, 'it did not work; trying again');
          setTimeout(() => changed.resolve(), retryMs).unref();
        }
      }
    },
  };
}
