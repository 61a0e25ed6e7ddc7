/** Following objects for as long as a program runs, whatever the API server says in between. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describeError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import { follow, type ObjectSource } from './follow.ts';
import type { WatchedObject } from './watch-events.ts';

export interface KeepFollowingOptions<Item extends WatchedObject> {
  /** For the log. */
  readonly what: string;
  readonly onObjects: (objects: readonly Item[]) => void;
  /** When the right to look is refused: what was seen before may not be used any longer. */
  readonly onRefused: () => void;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/** A right may be given later; the API server is asked again after this. */
const REFUSED_PAUSE_MS = 5_000;

/** Follows until the signal aborts; never rejects. */
export async function keepFollowing<Item extends WatchedObject>(
  source: ObjectSource<Item>,
  { what, onObjects, onRefused, log, signal }: KeepFollowingOptions<Item>,
): Promise<void> {
  const onTrouble = (reason: string) => log.warn({ what, reason }, 'the API server cannot be followed; trying again');
  while (!signal.aborted) {
    try {
      await follow(source, { onChange: onObjects, onTrouble, signal });
    } catch (error) {
      log.error({ what, reason: describeError(error) }, 'the API server refuses; trying again later');
      onRefused();
      await sleep(REFUSED_PAUSE_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}
