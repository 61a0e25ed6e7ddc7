/**
 * The live state of a collection of objects: a list, then a watch, which the server ends now and then and which is
 * taken up where it ended.
 * (The informer of the client library doubles its pause at each reconnect up to 30 s and only an event resets it, so on a
 * quiet namespace it would notice a change half a minute late.)
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { describeError } from '../errors.ts';
import type { WatchedObject, WatchEvent } from './watch-events.ts';

/** A collection of objects of the API server. Errors that it throws may have the HTTP `status` of an answer. */
export interface ObjectSource<Item extends WatchedObject> {
  list(signal: AbortSignal): Promise<{ readonly resourceVersion: string; readonly items: readonly Item[] }>;
  watch(resourceVersion: string, signal: AbortSignal): AsyncIterable<WatchEvent<Item>>;
}

export interface FollowOptions<Item extends WatchedObject> {
  /** Called after the first list and at every change, with all objects as they are now. */
  readonly onChange: (objects: readonly Item[]) => void;
  /** Called when the API server cannot be followed for a moment; it is tried again, and `onChange` follows. */
  readonly onTrouble?: (reason: string) => void;
  readonly signal: AbortSignal;
}

/** Between two watches: servers that end them at once must not be flooded. */
const MIN_PAUSE_MS = 100;
const MAX_PAUSE_MS = 2_000;
/** The server will say the same again. */
const REFUSALS = [400, 401, 403, 404];
/** The resourceVersion is too old: the objects must be listed again, which is no trouble. */
const EXPIRED = 410;

/** Follows until the signal aborts; resolves then. Throws if the cluster refuses the request for good. */
export async function follow<Item extends WatchedObject>(
  source: ObjectSource<Item>,
  { onChange, onTrouble, signal }: FollowOptions<Item>,
): Promise<void> {
  const objects = new Map<string, Item>();
  let resourceVersion: string | undefined;
  let pauseMs = MIN_PAUSE_MS;
  while (!signal.aborted) {
    try {
      if (resourceVersion === undefined) {
        const list = await source.list(signal);
        objects.clear();
        for (const object of list.items) objects.set(keyOf(object), object);
        ({ resourceVersion } = list);
        onChange([...objects.values()]);
      }
      for await (const event of source.watch(resourceVersion, signal)) {
        resourceVersion = event.object.metadata.resourceVersion ?? resourceVersion;
        pauseMs = MIN_PAUSE_MS;
        if (event.type === 'BOOKMARK') continue;
        record(objects, event);
        onChange([...objects.values()]);
      }
    } catch (error) {
      if (signal.aborted) return;
      const status = statusOf(error);
      if (status !== undefined && REFUSALS.includes(status)) throw error;
      // Listing anew is cheap, right whatever went wrong, and ends the trouble.
      resourceVersion = undefined;
      if (status !== EXPIRED) onTrouble?.(describeError(error));
    }
    await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
    pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS);
  }
}

function record<Item extends WatchedObject>(objects: Map<string, Item>, { type, object }: WatchEvent<Item>): void {
  if (type === 'DELETED') objects.delete(keyOf(object));
  else objects.set(keyOf(object), object);
}

function keyOf({ metadata }: WatchedObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}

function statusOf(error: unknown): number | undefined {
  return error instanceof Error && 'status' in error && typeof error.status === 'number' ? error.status : undefined;
}
