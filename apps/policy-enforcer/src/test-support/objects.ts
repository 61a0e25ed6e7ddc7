/** Objects of the cluster, of which each test says only what it is about. */
import type { EgressRule, IngressRule, LabelSelector, Namespace, NetworkPolicy, Pod } from '../kube-types.ts';

export const NODE = 'node-1';

export function pod(
  name: string,
  podIP: string,
  { labels = { app: name }, namespace = 'shop', nodeName = NODE, ports = [], ...rest }: PodSettings = {},
): Pod {
  return {
    metadata: { name, namespace, labels },
    spec: { nodeName, containers: [{ ports }], ...(rest.hostNetwork === true && { hostNetwork: true }) },
    status: { phase: rest.phase ?? 'Running', podIP },
  };
}

interface PodSettings {
  readonly labels?: Readonly<Record<string, string>>;
  readonly namespace?: string;
  readonly nodeName?: string;
  readonly hostNetwork?: boolean;
  readonly phase?: string;
  readonly ports?: readonly { readonly name: string; readonly containerPort: number; readonly protocol?: string }[];
}

export function namespace(name: string, labels: Readonly<Record<string, string>> = {}): Namespace {
  return { metadata: { name, labels: { 'kubernetes.io/metadata.name': name, ...labels } } };
}

export function policy(
  name: string,
  spec: {
    readonly podSelector?: LabelSelector;
    readonly policyTypes?: readonly string[];
    readonly ingress?: readonly IngressRule[];
    readonly egress?: readonly EgressRule[];
  },
): NetworkPolicy {
  return { metadata: { name, namespace: 'shop' }, spec };
}
