/** From NetworkPolicies, Pods and Namespaces to who may talk to whom, by address. */
import { isIPv4 } from 'node:net';
import type { Labels, Namespace, NetworkPolicy, Pod, PolicyPeer, PolicyPort } from './kube-types.ts';
import type { Allowance, Isolation, Model, PortRange, Protocol } from './model.ts';
import { matches } from './selector.ts';

export interface ClusterObjects {
  readonly policies: readonly NetworkPolicy[];
  readonly pods: readonly Pod[];
  readonly namespaces: readonly Namespace[];
}

type Direction = Isolation['direction'];

interface AddressedPod {
  readonly address: string;
  readonly namespace: string;
  readonly labels: Labels;
  readonly nodeName: string | undefined;
  readonly portNumber: (name: string, protocol: Protocol) => number | undefined;
}

/**
 * The same objects always make the same model, in whatever order they come. Pods in the network of their node have no
 * address of their own: no policy applies to them, and no selector finds them.
 */
export function compile({ policies, pods, namespaces }: ClusterObjects, nodeName: string): Model {
  const addressed = pods.flatMap(addressedPod).sort((a, b) => (a.address < b.address ? -1 : 1));
  const namespaceLabels = new Map(namespaces.map(({ metadata }) => [metadata.name, metadata.labels ?? {}]));
  const sorted = [...policies].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const isolations = (['ingress', 'egress'] as const).flatMap((direction) => {
    const groups = new Map<string, { policies: NetworkPolicy[]; pods: AddressedPod[] }>();
    for (const pod of addressed.filter((candidate) => candidate.nodeName === nodeName)) {
      const applied = sorted.filter((policy) => applies(policy, direction) && selects(policy, pod));
      if (applied.length === 0) continue;
      const key = applied.map(keyOf).join(' ');
      const group = groups.get(key) ?? { policies: applied, pods: [] };
      group.pods.push(pod);
      groups.set(key, group);
    }
    return [...groups.values()].map((group): Isolation => ({
      direction,
      policies: group.policies.map(keyOf),
      pods: group.pods.map(({ address }) => address),
      allowances: group.policies.flatMap((policy) =>
        allowancesOf(policy, direction, { own: group.pods, all: addressed, namespaceLabels }),
      ),
    }));
  });
  return { isolations };
}

function keyOf({ metadata }: NetworkPolicy): string {
  return `${metadata.namespace}/${metadata.name}`;
}

/** A policy without types is for what comes in, and for what goes out if it has rules for that. */
function applies({ spec }: NetworkPolicy, direction: Direction): boolean {
  const { policyTypes = ['Ingress', ...(spec.egress === undefined ? [] : ['Egress'])] } = spec;
  return policyTypes.includes(direction === 'ingress' ? 'Ingress' : 'Egress');
}

function selects({ metadata, spec }: NetworkPolicy, pod: AddressedPod): boolean {
  return pod.namespace === metadata.namespace && matches(spec.podSelector ?? {}, pod.labels);
}

interface Surroundings {
  /** The Pods to which the policy applies. */
  readonly own: readonly AddressedPod[];
  readonly all: readonly AddressedPod[];
  readonly namespaceLabels: ReadonlyMap<string, Labels>;
}

function allowancesOf(policy: NetworkPolicy, direction: Direction, surroundings: Surroundings): Allowance[] {
  const { ingress = [], egress = [] } = policy.spec;
  const rules =
    direction === 'ingress'
      ? ingress.map(({ from, ports }) => ({ peers: from, ports }))
      : egress.map(({ to, ports }) => ({ peers: to, ports }));
  return rules.flatMap(({ peers = [], ports = [] }) => {
    const sides: readonly Side[] =
      peers.length === 0 ? [{}] : peers.map((peer) => sideOf(peer, policy.metadata.namespace ?? '', surroundings));
    const wanted: readonly (PolicyPort | undefined)[] = ports.length === 0 ? [undefined] : ports;
    return sides.flatMap((side) => wanted.flatMap((port) => allow(side, port, direction, surroundings)));
  });
}

/** The other side of a connection: everybody, some Pods, or a block of addresses. */
interface Side {
  readonly pods?: readonly AddressedPod[];
  readonly block?: { readonly include: readonly string[]; readonly exclude: readonly string[] };
}

function sideOf(peer: PolicyPeer, namespace: string, { all, namespaceLabels }: Surroundings): Side {
  const { ipBlock, podSelector = {}, namespaceSelector } = peer;
  if (ipBlock !== undefined) {
    const { cidr, except = [] } = ipBlock;
    return { block: { include: [cidr].filter(isCidr), exclude: except.filter(isCidr) } };
  }
  return {
    pods: all.filter(
      (pod) =>
        (namespaceSelector === undefined
          ? pod.namespace === namespace
          : matches(namespaceSelector, namespaceLabels.get(pod.namespace))) && matches(podSelector, pod.labels),
    ),
  };
}

function allow(
  { pods, block }: Side,
  port: PolicyPort | undefined,
  direction: Direction,
  { own, all }: Surroundings,
): Allowance[] {
  const peers = block ?? (pods === undefined ? undefined : { include: addresses(pods), exclude: [] });
  // It selects nobody, so it allows nothing.
  if (peers?.include.length === 0) return [];
  const rest: Allowance = peers === undefined ? {} : { peers };
  if (port === undefined) return [rest];
  const protocol = protocolOf(port);
  if (protocol === undefined) return [];
  if (typeof port.port !== 'string') return [{ ...rest, port: rangeOf(protocol, port) }];
  // The name is looked up at whoever is called: the Pods of the policy, or the other side, which then has to be Pods.
  const called = direction === 'ingress' ? own : block === undefined ? (pods ?? all) : [];
  return byNumber(called, port.port, protocol).map(([number, named]) => ({
    ...rest,
    ...(direction === 'ingress' ? { own: addresses(named) } : { peers: { include: addresses(named), exclude: [] } }),
    port: { protocol, first: number, last: number },
  }));
}

function rangeOf(protocol: Protocol, { port, endPort }: PolicyPort): PortRange {
  if (typeof port !== 'number') return { protocol };
  return { protocol, first: port, last: endPort ?? port };
}

function byNumber(pods: readonly AddressedPod[], name: string, protocol: Protocol): [number, AddressedPod[]][] {
  const numbers = new Map<number, AddressedPod[]>();
  for (const pod of pods) {
    const number = pod.portNumber(name, protocol);
    if (number !== undefined) numbers.set(number, [...(numbers.get(number) ?? []), pod]);
  }
  return [...numbers].sort(([a], [b]) => a - b);
}

function addresses(pods: readonly AddressedPod[]): string[] {
  return pods.map(({ address }) => address);
}

function protocolOf({ protocol = 'TCP' }: { readonly protocol?: string }): Protocol | undefined {
  const lower = protocol.toLowerCase();
  return lower === 'tcp' || lower === 'udp' || lower === 'sctp' ? lower : undefined;
}

/** The node has IPv4 Pods only. */
function isCidr(text: string): boolean {
  const [address = '', length = '', ...rest] = text.split('/');
  return rest.length === 0 && isIPv4(address) && /^(?:\d|[12]\d|3[0-2])$/.test(length);
}

function addressedPod({ metadata, spec, status }: Pod): AddressedPod[] {
  const { podIP = '', phase } = status ?? {};
  // The address of a Pod that has ended may already be that of another.
  if (spec.hostNetwork === true || !isIPv4(podIP) || phase === 'Succeeded' || phase === 'Failed') return [];
  const ports = [...(spec.initContainers ?? []), ...spec.containers].flatMap(({ ports = [] }) => ports);
  return [
    {
      address: podIP,
      namespace: metadata.namespace ?? '',
      labels: metadata.labels ?? {},
      nodeName: spec.nodeName,
      portNumber: (name, protocol) =>
        ports.find((port) => port.name === name && protocolOf(port) === protocol)?.containerPort,
    },
  ];
}
