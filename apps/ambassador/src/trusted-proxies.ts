/** Which clients are proxies whose word counts about where a request came from. */
import { BlockList, isIP } from 'node:net';

/** Compiles networks such as `10.0.0.0/8`; an IPv4 network holds its addresses in IPv6 notation too. */
export function compileTrustedProxies(networks: readonly string[]): (address: string) => boolean {
  if (networks.length === 0) return () => false;
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', prefix] = network.split('/');
    list.addSubnet(address, Number(prefix), familyOf(address));
  }
  return (address) => isIP(address) !== 0 && list.check(address, familyOf(address));
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 4 ? 'ipv4' : 'ipv6';
}
