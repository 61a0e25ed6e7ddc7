/** Deleting what earlier runs applied and the manifests no longer hold. */
import { isMember, type Scope } from './applyset.ts';
import { mapLimited } from './concurrency.ts';
import type { KubeClient } from './kube-client.ts';
import { refKey, type ObjectRef } from './object-ref.ts';
import { groupByPhase } from './order.ts';

export interface PruneResult {
  readonly pruned: readonly ObjectRef[];
  /** No longer in the manifests but not deleted: they hold what a learner made. Only removing the kit deletes them. */
  readonly kept: readonly ObjectRef[];
}

const KEPT_KINDS = new Set(['Namespace', 'PersistentVolumeClaim']);
const CONCURRENCY = 8;

/**
 * Deletes, in reverse order, each object of `previous` that is not in `wanted` and still carries the label of the
 * set: an object that lost the label, or was made anew by somebody else, is not ours any more.
 */
export async function prune(
  client: KubeClient,
  scope: Scope,
  { previous, wanted }: { readonly previous: readonly ObjectRef[]; readonly wanted: readonly ObjectRef[] },
  signal?: AbortSignal,
): Promise<PruneResult> {
  const { candidates, kept } = splitGone(previous, wanted);
  const pruned: ObjectRef[] = [];
  for (const phase of groupByPhase(candidates, ({ kind }) => kind).toReversed()) {
    await mapLimited(phase, CONCURRENCY, async (ref) => {
      if (await deleteMember(client, scope, ref, 'Background', signal)) pruned.push(ref);
    });
  }
  return { pruned, kept };
}

/** What is wanted no more: to be deleted, and to be kept. */
export function splitGone(
  previous: readonly ObjectRef[],
  wanted: readonly ObjectRef[],
): { readonly candidates: readonly ObjectRef[]; readonly kept: readonly ObjectRef[] } {
  const wantedKeys = new Set(wanted.map(refKey));
  const gone = previous.filter((ref) => !wantedKeys.has(refKey(ref)));
  return {
    candidates: gone.filter(({ kind }) => !KEPT_KINDS.has(kind)),
    kept: gone.filter(({ kind }) => KEPT_KINDS.has(kind)),
  };
}

/** Deletes the object if it is there and carries the label of the set; tells whether it did. */
export async function deleteMember(
  client: KubeClient,
  scope: Scope,
  ref: ObjectRef,
  propagationPolicy: 'Background' | 'Foreground',
  signal?: AbortSignal,
): Promise<boolean> {
  const object = await client.read(ref, signal);
  if (object === undefined || !isMember(object, scope)) return false;
  return client.delete(ref, { uid: object.metadata.uid, propagationPolicy }, signal);
}
