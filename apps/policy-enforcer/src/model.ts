/** What the NetworkPolicies mean for the Pods of one node. */

export type Protocol = 'tcp' | 'udp' | 'sctp';

export interface PortRange {
  readonly protocol: Protocol;
  /** Both undefined: every port. */
  readonly first?: number;
  readonly last?: number;
}

/** One thing that is allowed. What is undefined may be anything. */
export interface Allowance {
  /** The other side: addresses or CIDRs, and parts of them that are not meant. */
  readonly peers?: { readonly include: readonly string[]; readonly exclude: readonly string[] };
  /** Those of the Pods themselves for which it holds: a named port is not the same number in all of them. */
  readonly own?: readonly string[];
  readonly port?: PortRange;
}

/** Pods to which the same policies apply in one direction. What is not allowed is dropped. */
export interface Isolation {
  readonly direction: 'ingress' | 'egress';
  /** As NAMESPACE/NAME, sorted. */
  readonly policies: readonly string[];
  /** Addresses of the Pods, sorted. */
  readonly pods: readonly string[];
  readonly allowances: readonly Allowance[];
}

export interface Model {
  readonly isolations: readonly Isolation[];
}
