/**
 * The labels and annotations of ApplySet (https://kep.k8s.io/3659): they say which tool owns which objects, so that
 * the kit deletes only what it made and other tools can see whose it is.
 */
import { createHash } from 'node:crypto';
import { groupOf, type ObjectRef } from './object-ref.ts';

/** Where the kit lives: one namespace, with one ConfigMap in it that lists what was applied. */
export interface Scope {
  readonly namespace: string;
  readonly inventoryName: string;
}

export const ID_LABEL = 'applyset.kubernetes.io/id';
export const PART_OF_LABEL = 'applyset.kubernetes.io/part-of';
export const TOOLING_ANNOTATION = 'applyset.kubernetes.io/tooling';
export const GROUP_KINDS_ANNOTATION = 'applyset.kubernetes.io/contains-group-kinds';
export const TOOLING = 'pod-patterns/v0.1.0';

/** The identity of the set, as kubectl computes it from its parent object. */
export function applySetId({ namespace, inventoryName }: Scope): string {
  const parent = [inventoryName, namespace, 'ConfigMap', ''].join('.');
  return `applyset-${createHash('sha256').update(parent).digest('base64url')}-v1`;
}

/** The value of `contains-group-kinds`: `ConfigMap,Deployment.apps,Service`. */
export function groupKinds(refs: readonly ObjectRef[]): string {
  const kinds = refs.map(({ apiVersion, kind }) => [kind, groupOf(apiVersion)].filter(Boolean).join('.'));
  return [...new Set(kinds)].sort().join(',');
}

/** Whether the object carries the label of this set. */
export function isMember(
  object: { readonly metadata: { readonly labels?: Readonly<Record<string, string>> } },
  scope: Scope,
): boolean {
  return object.metadata.labels?.[PART_OF_LABEL] === applySetId(scope);
}
