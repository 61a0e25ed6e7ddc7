/** Which kinds the cluster has and at which path each is found (aggregated discovery: two requests for all of them). */
import { groupOf } from './object-ref.ts';

export interface ApiResource {
  readonly apiVersion: string;
  readonly kind: string;
  /** The name in paths: `deployments`. */
  readonly plural: string;
  readonly isNamespaced: boolean;
  readonly verbs: readonly string[];
}

/** https://kubernetes.io/docs/concepts/overview/kubernetes-api/#aggregated-discovery */
export const DISCOVERY_MEDIA_TYPE = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

interface DiscoveryList {
  readonly items?: readonly {
    readonly metadata?: { readonly name?: string };
    readonly versions?: readonly {
      readonly version: string;
      readonly resources?: readonly {
        readonly resource: string;
        readonly responseKind?: { readonly kind?: string };
        readonly scope: string;
        readonly verbs?: readonly string[];
      }[];
    }[];
  }[];
}

/** All resources of one discovery document, the preferred version of each group first. */
export function parseDiscovery(document: unknown): ApiResource[] {
  return ((document as DiscoveryList).items ?? []).flatMap((group) =>
    (group.versions ?? []).flatMap(({ version, resources = [] }) =>
      resources.map(({ resource, responseKind, scope, verbs = [] }) => ({
        apiVersion: group.metadata?.name ? `${group.metadata.name}/${version}` : version,
        kind: responseKind?.kind ?? '',
        plural: resource,
        isNamespaced: scope === 'Namespaced',
        verbs,
      })),
    ),
  );
}

/** The path of one object, of a collection in a namespace (no name), or of a collection in all of them. */
export function resourcePath(
  { apiVersion, plural, isNamespaced }: ApiResource,
  { namespace, name }: { readonly namespace?: string | undefined; readonly name?: string | undefined },
): string {
  const root = groupOf(apiVersion) === '' ? `/api/${apiVersion}` : `/apis/${apiVersion}`;
  const scope = isNamespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${root}${scope}/${plural}${name === undefined ? '' : `/${encodeURIComponent(name)}`}`;
}
