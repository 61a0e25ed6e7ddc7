/** The Lease as an object: who holds it, and what is written over it. */
import { applySetId, PART_OF_LABEL, type Scope } from './applyset.ts';
import type { KubeObject } from './kube-types.ts';
import type { ObjectRef } from './object-ref.ts';

export function leaseRef({ namespace }: Scope): ObjectRef {
  return { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace, name: 'pod-patterns' };
}

interface LeaseSpec {
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly leaseTransitions?: number;
}

/** The lease as it is to be written over `before`, which must not have changed since. Without a holder it is free. */
export function describeLease(
  scope: Scope,
  { holder, durationMs }: { readonly holder: string | undefined; readonly durationMs: number },
  before: KubeObject | undefined,
): KubeObject {
  const { apiVersion, kind, name } = leaseRef(scope);
  // As the API writes times of this kind: with microseconds.
  const now = new Date().toISOString().replace('Z', '000Z');
  const last = specOf(before);
  const isSame = last.holderIdentity === holder;
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      namespace: scope.namespace,
      // It belongs to the kit, as everything else with this label.
      labels: { 'app.kubernetes.io/managed-by': 'pod-patterns', [PART_OF_LABEL]: applySetId(scope) },
      ...(before?.metadata.resourceVersion !== undefined && { resourceVersion: before.metadata.resourceVersion }),
    },
    spec: {
      ...(holder !== undefined && { holderIdentity: holder }),
      leaseDurationSeconds: Math.max(1, Math.round(durationMs / 1_000)),
      acquireTime: isSame ? (last.acquireTime ?? now) : now,
      renewTime: now,
      leaseTransitions: (last.leaseTransitions ?? 0) + (isSame || holder === undefined ? 0 : 1),
    },
  };
}

/** Undefined if nobody holds it. */
export function holderOf(lease: KubeObject | undefined): string | undefined {
  return specOf(lease).holderIdentity || undefined;
}

/** How long it stands without being renewed, as its holder has written it. */
export function durationMsOf(lease: KubeObject | undefined): number {
  return (specOf(lease).leaseDurationSeconds ?? 0) * 1_000;
}

function specOf(lease: KubeObject | undefined): LeaseSpec {
  return lease?.['spec'] ?? {};
}
