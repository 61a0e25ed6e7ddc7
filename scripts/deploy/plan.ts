/**
 * What `up` would change, asked of the API server itself: a server-side apply that is validated, admitted and merged
 * like any other, and not stored (`dryRun=All`).
 */
import { applyFields } from './apply-object.ts';
import { prepareManifests } from './apply.ts';
import type { Scope } from './applyset.ts';
import { mapLimited } from './concurrency.ts';
import { fieldChanges, type FieldChange } from './field-changes.ts';
import { readInventory } from './inventory.ts';
import type { KubeClient } from './kube-client.ts';
import { isStatus } from './kube-errors.ts';
import type { KubeObject } from './kube-types.ts';
import type { Manifest } from './load-manifests.ts';
import { formatRef, refOf } from './object-ref.ts';
import { splitGone } from './prune.ts';

export interface PlannedObject {
  /** `Deployment/ambassador`. */
  readonly object: string;
  readonly action: 'create' | 'change' | 'unchanged' | 'prune' | 'keep' | 'conflict';
  /** Each with the manager whose the value is now; for `conflict`, some belong to others, who must give them up first. */
  readonly changes: readonly FieldChange[];
}

export interface PlanOptions {
  readonly client: KubeClient;
  readonly manifests: readonly Manifest[];
  readonly scope: Scope;
  /** As applyKit takes it. */
  readonly isPartial?: boolean;
  readonly signal?: AbortSignal;
}

const CONCURRENCY = 8;

/** In the order of the manifests, then what would be pruned. Throws what the API server has against an object. */
export async function planKit({ client, manifests, scope, isPartial, signal }: PlanOptions): Promise<PlannedObject[]> {
  const prepared = await prepareManifests(client, manifests, scope);
  const planned: PlannedObject[] = [];
  await mapLimited([...prepared.entries()], CONCURRENCY, async ([index, { object }]) => {
    planned[index] = await planObject(client, object, signal);
  });
  const previous = isPartial === true ? [] : ((await readInventory(client, scope, signal)) ?? []);
  const gone = splitGone(
    previous,
    prepared.map(({ object }) => refOf(object)),
  );
  return [
    ...planned,
    ...gone.candidates.map((ref) => ({ object: formatRef(ref), action: 'prune' as const, changes: [] })),
    ...gone.kept.map((ref) => ({ object: formatRef(ref), action: 'keep' as const, changes: [] })),
  ];
}

async function planObject(
  client: KubeClient,
  object: KubeObject,
  signal: AbortSignal | undefined,
): Promise<PlannedObject> {
  const ref = refOf(object);
  const name = formatRef(ref);
  const before = await client.read(ref, signal);
  try {
    const { object: after } = await applyFields(client, object, { before, force: false, dryRun: true, signal });
    if (before === undefined) return { object: name, action: 'create', changes: [] };
    const changes = visibleChanges(before, after);
    return { object: name, action: changes.length === 0 ? 'unchanged' : 'change', changes };
  } catch (error) {
    // The namespace itself is only planned.
    if (before === undefined && isStatus(error, 404)) return { object: name, action: 'create', changes: [] };
    if (before === undefined || !isStatus(error, 409)) throw error;
    const { object: after } = await applyFields(client, object, { before, force: true, dryRun: true, signal });
    return { object: name, action: 'conflict', changes: visibleChanges(before, after) };
  }
}

/** The changes without what must not be seen: the values of a Secret, and the copy of them that kubectl keeps. */
function visibleChanges(before: KubeObject, after: KubeObject): FieldChange[] {
  const changes = fieldChanges(before, after);
  if (before.kind !== 'Secret') return changes;
  const hide = (value: unknown) => (value === undefined ? undefined : HIDDEN);
  return changes.map((change) =>
    /^(data|stringData|metadata\.annotations)\b/.test(change.path)
      ? { ...change, before: hide(change.before), after: hide(change.after) }
      : change,
  );
}

const HIDDEN = '(hidden)';
