/** Naming an object: what is stored in the inventory, compared, and shown to people. */
import type { KubeObject } from './kube-types.ts';

export interface ObjectRef {
  readonly apiVersion: string;
  readonly kind: string;
  /** Absent for objects of the whole cluster. */
  readonly namespace?: string | undefined;
  readonly name: string;
}

export function refOf({ apiVersion, kind, metadata }: KubeObject): ObjectRef {
  const { name, namespace } = metadata;
  return namespace === undefined ? { apiVersion, kind, name } : { apiVersion, kind, namespace, name };
}

/** `apps` for `apps/v1`, empty for `v1`. */
export function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
}

/** Equal for the same object, whichever version of its API was used to write it. */
export function refKey({ apiVersion, kind, namespace = '', name }: ObjectRef): string {
  return `${groupOf(apiVersion)}/${kind}/${namespace}/${name}`;
}

/** As kubectl prints and accepts it: `Deployment/ambassador`. */
export function formatRef({ kind, name }: Pick<ObjectRef, 'kind' | 'name'>): string {
  return `${kind}/${name}`;
}

/** The kubectl command that shows the object with its events. */
export function describeCommand({ kind, namespace, name }: Omit<ObjectRef, 'apiVersion'>): string {
  const scope = namespace === undefined ? '' : `-n ${namespace} `;
  return `kubectl ${scope}describe ${kind.toLowerCase()}/${name}`;
}
