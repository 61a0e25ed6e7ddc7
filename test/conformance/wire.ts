/** Connections on which tests say every byte themselves. Bytes are strings of latin1: one character is one byte. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface Wire extends Disposable {
  readonly socket: Socket;
  /** All that has arrived. */
  readonly received: string;
  /** The other side has ended its half, or the connection is gone. */
  readonly isClosed: boolean;
  /** Whether it was cut off rather than closed in order. */
  readonly wasReset: boolean;
  send(bytes: string): void;
  /** Resolves to true once `isMet` holds, to false when it does not within the time. Asked whenever something arrives. */
  waitFor(isMet: () => boolean, timeoutMs: number): Promise<boolean>;
}

/** Wraps a connection. `keep: false` throws away what arrives, for bodies that are too large to be kept. */
export function createWire(socket: Socket, { keep = true } = {}): Wire {
  let received = '';
  let isClosed = false;
  let wasReset = false;
  const watchers = new Set<() => void>();
  const changed = () => {
    for (const watcher of watchers) watcher();
  };
  socket.on('data', (chunk) => {
    if (keep) received += chunk.toString('latin1');
    changed();
  });
  const onClosed = () => {
    isClosed = true;
    changed();
  };
  socket.on('end', onClosed).on('close', onClosed);
  socket.on('error', () => (wasReset = true));
  return {
    socket,
    get received() {
      return received;
    },
    get isClosed() {
      return isClosed;
    },
    get wasReset() {
      return wasReset;
    },
    send: (bytes) => void socket.write(bytes, 'latin1'),
    async waitFor(isMet, timeoutMs) {
      if (isMet()) return true;
      const { promise, resolve } = Promise.withResolvers<boolean>();
      const watcher = () => {
        if (isMet()) resolve(true);
      };
      watchers.add(watcher);
      const timer = setTimeout(() => resolve(false), timeoutMs);
      const isInTime = await promise;
      clearTimeout(timer);
      watchers.delete(watcher);
      return isInTime;
    },
    [Symbol.dispose]: () => void socket.destroy(),
  };
}

/** Connects to a port of this machine. */
export async function connectWire(port: number, options?: { keep?: boolean }): Promise<Wire> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  return createWire(socket, options);
}

/** A port on which nothing listens, as far as one can know. */
export async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
