/** Taking the kit out of the cluster again, and nothing else. */
import { AppError } from '../../apps/runtime/src/errors.ts';
import { isMember, type Scope } from './applyset.ts';
import { mapLimited } from './concurrency.ts';
import { waitForObject } from './follow.ts';
import { listContent } from './foreign-objects.ts';
import { inventoryRef, readInventory } from './inventory.ts';
import type { KubeClient } from './kube-client.ts';
import { leaseRef } from './lease-object.ts';
import { holdersOf } from './namespace.ts';
import { describeCommand, formatRef, type ObjectRef } from './object-ref.ts';
import { groupByPhase } from './order.ts';
import { deleteMember } from './prune.ts';

export interface RemoveOptions {
  readonly scope: Scope;
  /** Longest wait until everything is gone; Pods may take their grace period. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** Told as the deletion of each object begins. */
  readonly onDelete?: (ref: ObjectRef) => void;
}

export interface RemoveResult {
  /** `kept` if it holds objects of others, or was not made by the kit. */
  readonly namespace: 'deleted' | 'kept' | 'absent';
  readonly deleted: readonly ObjectRef[];
  /** Objects of others, because of which the namespace is kept. */
  readonly foreign: readonly ObjectRef[];
}

const CONCURRENCY = 8;

/**
 * Deletes what the inventory lists (or, if there is none, what carries the label of the set), in reverse order and
 * only with that label; then the namespace, if it is the kit's and nobody else has anything in it. Waits until all of
 * it is gone. Runs again at any point; a namespace that is absent is success.
 *
 * Throws an AppError `DELETE_TIMEOUT` that names what is still there and what holds it.
 */
export async function removeKit(client: KubeClient, options: RemoveOptions): Promise<RemoveResult> {
  const { scope, timeoutMs, signal, onDelete } = options;
  const deadline = performance.now() + timeoutMs;
  const waitUntilGone = (ref: ObjectRef) => waitGone(client, ref, deadline, signal);
  const namespaceRef = { apiVersion: 'v1', kind: 'Namespace', name: scope.namespace };

  const namespace = await client.read(namespaceRef, signal);
  if (namespace === undefined) return { namespace: 'absent', deleted: [], foreign: [] };
  if (namespace.metadata.deletionTimestamp !== undefined) {
    await waitUntilGone(namespaceRef);
    return { namespace: 'deleted', deleted: [namespaceRef], foreign: [] };
  }

  const known = (await readInventory(client, scope, signal)) ?? (await listContent(client, scope, signal)).members;
  const refs = known.filter(({ kind }) => kind !== 'Namespace');
  const deleted: ObjectRef[] = [];
  for (const phase of groupByPhase(refs, ({ kind }) => kind).toReversed()) {
    await mapLimited(phase, CONCURRENCY, async (ref) => {
      if (!(await deleteMember(client, scope, ref, 'Foreground', signal))) return;
      deleted.push(ref);
      onDelete?.(ref);
    });
  }
  await mapLimited(deleted, CONCURRENCY, waitUntilGone);

  const { foreign } = await listContent(client, scope, signal);
  // Last of all, so that a run that is interrupted before finds the list again.
  await client.delete(inventoryRef(scope), {}, signal);
  await client.delete(leaseRef(scope), {}, signal);
  if (foreign.length > 0 || !isMember(namespace, scope)) return { namespace: 'kept', deleted, foreign };
  onDelete?.(namespaceRef);
  await client.delete(namespaceRef, { uid: namespace.metadata.uid }, signal);
  await waitUntilGone(namespaceRef);
  return { namespace: 'deleted', deleted: [...deleted, namespaceRef], foreign };
}

/** Waits until the object is gone, or made anew; throws DELETE_TIMEOUT at the deadline, which is a performance.now(). */
export async function waitGone(
  client: KubeClient,
  ref: ObjectRef,
  deadline: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const object = await client.read(ref, signal);
  if (object === undefined) return;
  const { uid } = object.metadata;
  const timeoutMs = Math.max(1, Math.round(deadline - performance.now()));
  if (await waitForObject(client, ref, (live) => live?.metadata.uid !== uid, { timeoutMs, signal })) return;
  const left = (await client.read(ref, signal)) ?? object;
  throw new AppError(
    'DELETE_TIMEOUT',
    `${formatRef(ref)} is being deleted but is still there: ${holdersOf(left)}`,
    `Look at what holds it: ${describeCommand(ref)}. Then run the command again.`,
  );
}
