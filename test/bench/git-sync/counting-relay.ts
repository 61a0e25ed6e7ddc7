/** A relay in front of a server that counts connections and bytes. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { pipeline } from 'node:stream';

export interface CountingRelay extends AsyncDisposable {
  readonly origin: string;
  /** Both ways, so far. */
  readonly bytes: number;
  readonly connections: number;
}

export async function startCountingRelay(origin: string): Promise<CountingRelay> {
  const { hostname, port } = new URL(origin);
  let [bytes, connections] = [0, 0];
  const server = createServer((client) => {
    connections += 1;
    const upstream = connect(Number(port), hostname);
    const count = (chunk: Buffer) => (bytes += chunk.length);
    client.on('data', count);
    upstream.on('data', count);
    pipeline(client, upstream, () => undefined);
    pipeline(upstream, client, () => undefined);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get bytes() {
      return bytes;
    },
    get connections() {
      return connections;
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      await closed;
    },
  };
}
