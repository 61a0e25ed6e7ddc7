/** What is in a namespace: ours, made by the cluster itself, or somebody else's. */
import { isMember, type Scope } from './applyset.ts';
import { mapLimited } from './concurrency.ts';
import type { KubeClient } from './kube-client.ts';
import type { KubeObject } from './kube-types.ts';
import { groupOf, refOf, type ObjectRef } from './object-ref.ts';

export interface NamespaceContent {
  readonly members: readonly ObjectRef[];
  readonly foreign: readonly ObjectRef[];
}

/** Written by controllers about other objects; some copy the labels of what they were made for. */
const DERIVED_KINDS = new Set(['Event', 'Endpoints', 'EndpointSlice', 'Lease', 'ControllerRevision', 'PodMetrics']);
const CONCURRENCY = 8;

/**
 * Lists the objects of every kind the cluster has, without their content. Left out are those that the cluster makes
 * in every namespace, and those with an owner: they go when the owner goes, and the owner is in the list.
 */
export async function listContent(client: KubeClient, scope: Scope, signal?: AbortSignal): Promise<NamespaceContent> {
  const seenKinds = new Set<string>();
  const kinds = (await client.resources()).filter(({ apiVersion, kind, isNamespaced, verbs }) => {
    const key = `${groupOf(apiVersion)}/${kind}`;
    if (!isNamespaced || !verbs.includes('list') || !verbs.includes('delete') || DERIVED_KINDS.has(kind)) return false;
    if (seenKinds.has(key)) return false;
    seenKinds.add(key);
    return true;
  });
  const { namespace } = scope;
  const lists = await mapLimited(kinds, CONCURRENCY, ({ apiVersion, kind }) =>
    client.list({ apiVersion, kind, namespace, metadataOnly: true }, signal),
  );
  const objects = lists.flatMap(({ items }) => items).filter((object) => !isMadeByCluster(object));
  const refs = (isOurs: boolean) => objects.filter((object) => isMember(object, scope) === isOurs).map(refOf);
  return {
    members: refs(true),
    foreign: refs(false).filter(({ kind, name }) => kind !== 'ConfigMap' || name !== scope.inventoryName),
  };
}

function isMadeByCluster({ kind, metadata }: KubeObject): boolean {
  if ((metadata.ownerReferences ?? []).length > 0) return true;
  if (kind === 'ServiceAccount') return metadata.name === 'default';
  if (kind === 'ConfigMap') return metadata.name === 'kube-root-ca.crt';
  return kind === 'Secret' && metadata.annotations?.['kubernetes.io/service-account.name'] !== undefined;
}
