/** Services that are reached from inside of the cluster only. */
import type { Manifest } from './load-manifests.ts';

interface ServiceSpec {
  readonly type?: string;
  readonly ports?: readonly Readonly<Record<string, unknown>>[];
}

/** A copy of the manifests in which a Service with ports of the nodes has none. */
export function withoutNodePorts(manifests: readonly Manifest[]): readonly Manifest[] {
  return manifests.map((manifest) => {
    const { object } = manifest;
    const spec = object['spec'] as ServiceSpec | undefined;
    if (object.kind !== 'Service' || spec?.type !== 'NodePort') return manifest;
    const ports = (spec.ports ?? []).map(({ nodePort: _dropped, ...port }) => port);
    return { ...manifest, object: { ...object, spec: { ...spec, type: 'ClusterIP', ports } } };
  });
}
