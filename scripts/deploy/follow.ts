/**
 * The live state of a collection of objects: a list, then a watch, which the server ends now and then and which is
 * taken up where it ended.
 * (The library's informer doubles its pause at each reconnect up to 30 s and only an event resets it, so on a quiet
 * namespace it would notice a change half a minute late.)
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { describeError } from '../../apps/runtime/src/errors.ts';
import { isStatus } from './kube-errors.ts';
import type { KubeClient, ListQuery } from './kube-client.ts';
import type { KubeObject } from './kube-types.ts';
import type { WatchEvent } from './watch-events.ts';

export interface FollowOptions {
  /** Called after the first list and at every change, with all objects as they are now. */
  readonly onChange: (objects: readonly KubeObject[]) => void;
  /** Called when the API server cannot be followed for a moment; it is tried again, and `onChange` follows. */
  readonly onTrouble?: (reason: string) => void;
  readonly signal: AbortSignal;
}

/** Between two watches: servers that end them at once must not be flooded. */
const MIN_PAUSE_MS = 100;
const MAX_PAUSE_MS = 2_000;

/** Follows until the signal aborts; resolves then. Throws if the cluster refuses the request for good. */
export async function followObjects(client: KubeClient, query: ListQuery, options: FollowOptions): Promise<void> {
  const { onChange, onTrouble, signal } = options;
  const objects = new Map<string, KubeObject>();
  let resourceVersion: string | undefined;
  let pauseMs = MIN_PAUSE_MS;
  while (!signal.aborted) {
    try {
      if (resourceVersion === undefined) {
        const list = await client.list(query, signal);
        objects.clear();
        for (const object of list.items) objects.set(keyOf(object), object);
        ({ resourceVersion } = list);
        onChange([...objects.values()]);
      }
      for await (const event of client.watch(query, resourceVersion, signal)) {
        resourceVersion = event.object.metadata.resourceVersion ?? resourceVersion;
        pauseMs = MIN_PAUSE_MS;
        if (event.type === 'BOOKMARK') continue;
        record(objects, event);
        onChange([...objects.values()]);
      }
    } catch (error) {
      if (signal.aborted) return;
      if (isRefusal(error)) throw error;
      // Listing anew is cheap, right whatever went wrong (410: the version is too old), and ends the trouble.
      resourceVersion = undefined;
      if (!isStatus(error, 410)) onTrouble?.(describeError(error));
    }
    await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
    pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS);
  }
}

export interface WaitForObjectOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Waits until one object, or its absence (undefined), is as wanted. False when the time is over;
 * throws the signal's reason when it aborts.
 */
export async function waitForObject(
  client: KubeClient,
  { apiVersion, kind, namespace, name }: Parameters<KubeClient['read']>[0],
  isAsWanted: (object: KubeObject | undefined) => boolean,
  { timeoutMs, signal }: WaitForObjectOptions,
): Promise<boolean> {
  const done = new AbortController();
  const signals = [done.signal, AbortSignal.timeout(timeoutMs), ...(signal === undefined ? [] : [signal])];
  await followObjects(
    client,
    { apiVersion, kind, namespace, fieldSelector: `metadata.name=${name}` },
    {
      onChange: ([object]) => {
        if (isAsWanted(object)) done.abort();
      },
      signal: AbortSignal.any(signals),
    },
  );
  signal?.throwIfAborted();
  return done.signal.aborted;
}

function record(objects: Map<string, KubeObject>, { type, object }: WatchEvent): void {
  if (type === 'DELETED') objects.delete(keyOf(object));
  else objects.set(keyOf(object), object);
}

function keyOf({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}

function isRefusal(error: unknown): boolean {
  return [400, 401, 403, 404].some((status) => isStatus(error, status));
}
