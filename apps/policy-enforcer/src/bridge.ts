/**
 * Whether the kernel shows us what Pods say to each other. Pods of the plugin `bridge` hang on one bridge, and what a bridge
 * forwards passes the rules of IP only with br_netfilter; kube-proxy needs that too, for Services between such Pods.
 */
import { existsSync, globSync, readFileSync } from 'node:fs';

/** Undefined if it does; otherwise what is in the way. */
export function bridgeFault(root = '/'): string | undefined {
  const bridges = globSync('sys/class/net/*/bridge', { cwd: root });
  const setting = `${root}proc/sys/net/bridge/bridge-nf-call-iptables`;
  if (bridges.length === 0 || (existsSync(setting) && readFileSync(setting, 'utf8').trim() === '1')) return undefined;
  return 'Pods on one bridge talk past the rules: load br_netfilter on the node and set net.bridge.bridge-nf-call-iptables to 1';
}
