/** Following objects of the cluster with the deployer's client. */
import { follow, type FollowOptions } from '../../apps/runtime/src/kube/follow.ts';
import type { KubeClient, ListQuery } from './kube-client.ts';
import type { KubeObject } from './kube-types.ts';

/** Follows until the signal aborts; resolves then. Throws if the cluster refuses the request for good. */
export async function followObjects(
  client: KubeClient,
  query: ListQuery,
  options: FollowOptions<KubeObject>,
): Promise<void> {
  await follow<KubeObject>(
    {
      list: (signal) => client.list(query, signal),
      watch: (resourceVersion, signal) => client.watch(query, resourceVersion, signal),
    },
    options,
  );
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
