/**
 * The model as a table of nftables of its own, which replaces the one before in one transaction: there is no moment without
 * rules, and none with half of them. Nothing that users write is in it but addresses, numbers and, as comments, names.
 */
import { createHash } from 'node:crypto';
import type { Allowance, Isolation, Model, PortRange } from './model.ts';

const TABLE = 'inet pod_patterns_policies';

/** Gets rid of the table, whether there is one or not. */
export const REMOVE_TABLE = `add table ${TABLE}\ndelete table ${TABLE}\n`;

/**
 * Which Pods go through which chain is told by rules. A map would be quicker with many policies, but the nft of Debian 12,
 * which may be the one on the node, crashes when it lists a map that a newer nft has made.
 */
export function render({ isolations }: Model): string {
  const chains = isolations.map((isolation) => ({ isolation, name: chainName(isolation) }));
  const jumps = (direction: Isolation['direction'], side: 'saddr' | 'daddr') =>
    chains
      .filter(({ isolation }) => isolation.direction === direction)
      .map(({ isolation, name }) => `\t\tip ${side} ${setOf(isolation.pods)} jump ${name}\n`)
      .join('');
  const pods = [...new Set(isolations.flatMap((isolation) => isolation.pods))].sort();
  return `${REMOVE_TABLE}table ${TABLE} {
	set self { type ipv4_addr . ipv4_addr; ${elements(pods.map((pod) => `${pod} . ${pod}`))}}
${chains.map(({ isolation, name }) => chainText(isolation, name)).join('')}
	# Between Pods, and between Pods and the world. Addresses of Services have become those of Pods before this.
	chain forward {
		type filter hook forward priority filter; policy accept;
		ct state established,related accept
		# No policy keeps a Pod from itself.
		ip saddr . ip daddr @self accept
${jumps('egress', 'saddr')}${jumps('ingress', 'daddr')}	}

	# From Pods to the node, the API server among others. From the node to Pods there is no rule: probes always get through.
	chain input {
		type filter hook input priority filter; policy accept;
		ct state established,related accept
${jumps('egress', 'saddr')}	}
}
`;
}

/** Who is allowed goes back to where the chain was called, for there may be a rule of the other side. */
function chainText({ direction, policies, allowances }: Isolation, name: string): string {
  const [peer, own] = direction === 'ingress' ? ['saddr', 'daddr'] : ['daddr', 'saddr'];
  const rules = allowances.map((allowance) => ruleText(allowance, peer, own));
  return `
	# ${policies.join(', ')}
	chain ${name} {
${[...new Set(rules)].map((rule) => `\t\t${rule}\n`).join('')}\t\tcounter drop
	}
`;
}

function ruleText({ peers, own: ownAddresses, port }: Allowance, peer: string, own: string): string {
  return [
    ...(peers === undefined ? [] : [`ip ${peer} ${setOf(peers.include)}`]),
    ...(peers === undefined || peers.exclude.length === 0 ? [] : [`ip ${peer} != ${setOf(peers.exclude)}`]),
    ...(ownAddresses === undefined ? [] : [`ip ${own} ${setOf(ownAddresses)}`]),
    ...(port === undefined ? [] : [portText(port)]),
    'return',
  ].join(' ');
}

function portText({ protocol, first, last }: PortRange): string {
  if (first === undefined || last === undefined) return `meta l4proto ${protocol}`;
  return `${protocol} dport ${first === last ? first : `${first}-${last}`}`;
}

function setOf(values: readonly string[]): string {
  return `{ ${values.join(', ')} }`;
}

/** An empty list of elements is a syntax error. */
function elements(values: readonly string[]): string {
  return values.length === 0 ? '' : `elements = ${setOf(values)} `;
}

function chainName({ direction, policies }: Isolation): string {
  return `${direction}_${createHash('sha256').update(policies.join(' ')).digest('hex').slice(0, 12)}`;
}
