/** What a model means: whether a new connection comes about. It reads the model, not the rules made of it. */
import { BlockList } from 'node:net';
import type { Isolation, Model, Protocol } from '../model.ts';

export interface Connection {
  readonly from: string;
  readonly to: string;
  readonly port?: number;
  readonly protocol?: Protocol;
}

export function isReachable({ isolations }: Model, connection: Connection): boolean {
  const { from, to } = connection;
  if (from === to) return true;
  return isolations
    .filter(({ direction, pods }) => pods.includes(direction === 'ingress' ? to : from))
    .every((isolation) => isAllowed(isolation, connection));
}

function isAllowed(
  { direction, allowances }: Isolation,
  { from, to, port = 80, protocol = 'tcp' }: Connection,
): boolean {
  const [peer, own] = direction === 'ingress' ? [from, to] : [to, from];
  return allowances.some(
    (allowance) =>
      (allowance.peers === undefined ||
        (isIn(allowance.peers.include, peer) && !isIn(allowance.peers.exclude, peer))) &&
      (allowance.own === undefined || isIn(allowance.own, own)) &&
      (allowance.port === undefined ||
        (allowance.port.protocol === protocol &&
          port >= (allowance.port.first ?? 0) &&
          port <= (allowance.port.last ?? 65_535))),
  );
}

function isIn(blocks: readonly string[], address: string): boolean {
  const list = new BlockList();
  for (const block of blocks) {
    const [start = '', length = '32'] = block.split('/');
    list.addSubnet(start, Number(length), 'ipv4');
  }
  return list.check(address, 'ipv4');
}
