/**
 * Brings the cluster to what the manifests say: namespace, superset inventory, objects in order, prune, inventory.
 * It may be killed between any two requests; the next run converges.
 */
import { AppError } from '../../apps/runtime/src/errors.ts';
import { applyObject, type ObjectResult } from './apply-object.ts';
import { applySetId, PART_OF_LABEL, type Scope } from './applyset.ts';
import { mapLimited } from './concurrency.ts';
import { readInventory, unite, writeInventory } from './inventory.ts';
import type { KubeClient } from './kube-client.ts';
import type { Manifest } from './load-manifests.ts';
import { waitForServiceAccount } from './namespace.ts';
import { formatRef, refOf } from './object-ref.ts';
import { groupByPhase, WORKLOAD_KINDS } from './order.ts';
import { prune } from './prune.ts';

export interface ApplyOptions {
  readonly client: KubeClient;
  readonly manifests: readonly Manifest[];
  readonly scope: Scope;
  /** The manifests are some of what belongs to the set: what is not among them stays. */
  readonly isPartial?: boolean;
  /** Take over fields that others have set to another value. */
  readonly force?: boolean;
  /** Longest wait for an object that is being deleted, or for the namespace's service account. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** Told as each object is done. */
  readonly onResult?: (result: ObjectResult) => void;
}

const CONCURRENCY = 8;

/** Applies all manifests and prunes; results in the order in which it happened. Throws AppErrors of each step. */
export async function applyKit(options: ApplyOptions): Promise<ObjectResult[]> {
  const { client, scope, isPartial = false, force = false, timeoutMs, signal, onResult } = options;
  const results: ObjectResult[] = [];
  const report = (result: ObjectResult) => {
    results.push(result);
    onResult?.(result);
  };

  const manifests = await prepareManifests(client, options.manifests, scope);
  const [namespaces = [], ...phases] = groupByPhase(manifests, ({ object }) => object.kind);
  const applyAll = (phase: readonly Manifest[]) =>
    mapLimited(phase, CONCURRENCY, async (manifest) => {
      report(await applyObject(client, manifest, { force, timeoutMs, signal }));
    });

  await applyAll(namespaces);
  const previous = (await readInventory(client, scope, signal)) ?? [];
  const wanted = manifests.map(({ object }) => refOf(object));
  const superset = unite(previous, wanted);
  if (superset.length !== previous.length) await writeInventory(client, scope, superset, signal);

  for (const phase of phases) {
    if (phase.some(({ object }) => WORKLOAD_KINDS.has(object.kind))) {
      await waitForServiceAccount(client, scope.namespace, { timeoutMs, signal });
    }
    await applyAll(phase);
  }

  const gone = isPartial ? [] : previous;
  const { pruned, kept } = await prune(client, scope, { previous: gone, wanted }, signal);
  for (const ref of pruned) report({ ref, action: 'pruned', warnings: [] });
  const rest = isPartial ? superset : unite(wanted, kept);
  if (rest.length !== superset.length) await writeInventory(client, scope, rest, signal);
  return results;
}

/** The namespace alone, waited for if it is just being deleted: the lease is in it, which is taken before all else. */
export async function applyNamespace({ client, manifests, scope, ...options }: ApplyOptions): Promise<void> {
  const prepared = await prepareManifests(client, manifests, scope);
  for (const manifest of prepared.filter(({ object }) => object.kind === 'Namespace')) {
    await applyObject(client, manifest, { force: false, ...options });
  }
}

/** The manifests as they are sent: with the label of the set, their namespace, and the namespace itself first. */
export async function prepareManifests(
  client: KubeClient,
  manifests: readonly Manifest[],
  scope: Scope,
): Promise<Manifest[]> {
  const prepared = await Promise.all(
    manifests.map(async ({ object, file }) => ({ object: await addNamespace(client, object, file, scope), file })),
  );
  if (!prepared.some(({ object }) => object.kind === 'Namespace' && object.metadata.name === scope.namespace)) {
    const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: scope.namespace } };
    prepared.push({ object, file: `namespace ${scope.namespace}` });
  }
  return prepared.map(({ object, file }) => {
    const labels = { ...object.metadata.labels, [PART_OF_LABEL]: applySetId(scope) };
    return { object: { ...object, metadata: { ...object.metadata, labels } }, file };
  });
}

async function addNamespace(
  client: KubeClient,
  object: Manifest['object'],
  file: string,
  { namespace }: Scope,
): Promise<Manifest['object']> {
  const resource = await client.resourceOf(object);
  const what = `${file}: ${formatRef(refOf(object))}`;
  if (resource === undefined) {
    throw new AppError(
      'MANIFEST_REJECTED',
      `${what}: the cluster has no kind ${object.kind} in ${object.apiVersion}`,
      'Correct apiVersion and kind; kubectl api-resources lists what there is.',
    );
  }
  if (!resource.isNamespaced) return object;
  if (object.metadata.namespace !== undefined && object.metadata.namespace !== namespace) {
    throw new AppError(
      'MANIFEST_INVALID',
      `${what} is for the namespace ${object.metadata.namespace}; the kit only writes to ${namespace}`,
      `Write \`namespace: ${namespace}\` into its metadata.`,
    );
  }
  return { ...object, metadata: { ...object.metadata, namespace } };
}
