/**
 * Who listens and who talks to whom. All containers of a Pod share one network namespace, so any of them sees all
 * sockets; which program holds a socket is seen only by a container of the same UID, so the answers are put together.
 */
import type { ProbeReading, SocketEntry } from './parse-probe.ts';
import type { NetworkView, Wire } from './snapshot.ts';

export interface NetworkReading extends Pick<ProbeReading, 'sockets'> {
  /** The container that holds a socket, by inode. */
  readonly owners: ReadonlyMap<string, string>;
}

const ESTABLISHED = 1;
const TIME_WAIT = 6;
const LISTEN = 10;

export function viewNetwork({ sockets, owners }: NetworkReading): NetworkView {
  const listening = sockets.filter(({ state }) => state === LISTEN);
  const listenerOf = (address: string, port: number) =>
    listening.find(({ localPort, localAddress }) => localPort === port && accepts(localAddress, address));
  const isLocal = (address: string) => address.startsWith('127.') || address === '::1' || ownAddresses.has(address);
  const ownAddresses = new Set(sockets.map(({ localAddress }) => localAddress));

  const wires = new Map<string, Wire>();
  for (const socket of sockets.filter(({ state }) => state === ESTABLISHED)) {
    const listener = listenerOf(socket.localAddress, socket.localPort);
    const remoteListener = listenerOf(socket.remoteAddress, socket.remotePort);
    // Of a connection within the Pod both ends are in the table: the one that asks counts.
    if (listener !== undefined && isLocal(socket.remoteAddress)) continue;
    const wire: Wire =
      listener === undefined
        ? {
            direction: isLocal(socket.remoteAddress) ? 'within' : 'out',
            from: owners.get(socket.inode),
            to: isLocal(socket.remoteAddress) && remoteListener ? owners.get(remoteListener.inode) : undefined,
            address: socket.remoteAddress,
            port: socket.remotePort,
            count: 1,
          }
        : {
            direction: 'in',
            from: undefined,
            to: owners.get(listener.inode),
            address: socket.localAddress,
            port: socket.localPort,
            count: 1,
          };
    const key = JSON.stringify({ ...wire, count: 0 });
    wires.set(key, { ...wire, count: (wires.get(key)?.count ?? 0) + 1 });
  }
  return {
    listeners: listening
      .map((listener) => ({
        container: owners.get(listener.inode),
        address: listener.localAddress,
        port: listener.localPort,
        recent: sockets.filter((socket) => socket.state === TIME_WAIT && isFor(socket, listener)).length,
      }))
      .toSorted((one, other) => one.port - other.port),
    wires: [...wires.values()].toSorted((one, other) => one.port - other.port),
  };
}

/** Whether one who listens on that address is reached under the other. */
function accepts(listening: string, address: string): boolean {
  return listening === address || listening === '0.0.0.0' || listening === '::';
}

/** The side that closed first keeps the connection in mind: it may be either. */
function isFor({ localPort, remotePort, remoteAddress, localAddress }: SocketEntry, listener: SocketEntry): boolean {
  if (localPort === listener.localPort) return accepts(listener.localAddress, localAddress);
  const isInside = remoteAddress.startsWith('127.') || remoteAddress === localAddress;
  return remotePort === listener.localPort && isInside && accepts(listener.localAddress, remoteAddress);
}
