/**
 * The inventory: a ConfigMap that lists the objects of the kit, and is the parent of their ApplySet. It is written as
 * the superset of old and new *before* anything is applied, so that a run that is killed anywhere leaves no object
 * that the next one does not know of.
 */
import * as z from 'zod';
import { AppError } from '../../apps/runtime/src/errors.ts';
import {
  applySetId,
  GROUP_KINDS_ANNOTATION,
  groupKinds,
  ID_LABEL,
  TOOLING,
  TOOLING_ANNOTATION,
  type Scope,
} from './applyset.ts';
import type { KubeClient } from './kube-client.ts';
import type { KubeObject } from './kube-types.ts';
import { refKey, type ObjectRef } from './object-ref.ts';

const DATA_KEY = 'objects.json';

const Refs = z.array(
  z.strictObject({ apiVersion: z.string(), kind: z.string(), namespace: z.string().optional(), name: z.string() }),
);

/** What was applied by earlier runs; undefined if there is no inventory. */
export async function readInventory(
  client: KubeClient,
  scope: Scope,
  signal?: AbortSignal,
): Promise<readonly ObjectRef[] | undefined> {
  const configMap = await client.read(inventoryRef(scope), signal);
  if (configMap === undefined) return undefined;
  const { namespace, inventoryName } = scope;
  const where = `the ConfigMap ${inventoryName} in the namespace ${namespace}`;
  if (configMap.metadata.labels?.[ID_LABEL] !== applySetId(scope)) {
    throw new AppError(
      'INVENTORY_FOREIGN',
      `${where} is not the kit's inventory: it has no label ${ID_LABEL}=${applySetId(scope)}`,
      `Rename or delete it: kubectl -n ${namespace} delete configmap/${inventoryName}`,
    );
  }
  const text = (configMap['data'] as Record<string, string> | undefined)?.[DATA_KEY];
  const parsed = Refs.safeParse(parseJson(text ?? '[]'));
  if (!parsed.success) {
    throw new AppError(
      'INVENTORY_INVALID',
      `${where} does not hold a list of objects: ${z.prettifyError(parsed.error)}`,
      `Delete it; the next run writes it anew: kubectl -n ${namespace} delete configmap/${inventoryName}`,
    );
  }
  return parsed.data;
}

/** Writes the list. Its fields are the kit's own, so it never asks whose they are. */
export async function writeInventory(
  client: KubeClient,
  scope: Scope,
  refs: readonly ObjectRef[],
  signal?: AbortSignal,
): Promise<void> {
  await client.apply(inventoryObject(scope, refs), { force: true }, signal);
}

export function inventoryRef({ namespace, inventoryName }: Scope): ObjectRef {
  return { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: inventoryName };
}

/** One ref for each object, sorted, so that equal sets give equal texts. */
export function unite(...lists: readonly (readonly ObjectRef[])[]): ObjectRef[] {
  const byKey = new Map(lists.flat().map((ref) => [refKey(ref), ref]));
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, ref]) => ref);
}

function inventoryObject(scope: Scope, refs: readonly ObjectRef[]): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: scope.inventoryName,
      namespace: scope.namespace,
      labels: { 'app.kubernetes.io/managed-by': 'pod-patterns', [ID_LABEL]: applySetId(scope) },
      annotations: { [TOOLING_ANNOTATION]: TOOLING, [GROUP_KINDS_ANNOTATION]: groupKinds(refs) },
    },
    data: { [DATA_KEY]: `${JSON.stringify(refs, undefined, 2)}\n` },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
