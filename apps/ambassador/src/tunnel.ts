/** Joins two sockets after an upgrade: bytes go both ways, and each side ends as the other did. */
import type { Socket } from 'node:net';

export interface TunnelOptions {
  readonly client: Socket;
  readonly upstream: Socket;
  /** What had been read from the upstream beyond the head of its answer. */
  readonly upstreamHead: Buffer;
  /** What had been read from the client beyond the head of its request. */
  readonly clientHead: Buffer;
  readonly idleTimeoutMs: number;
  readonly onBytes: (direction: 'in' | 'out', count: number) => void;
  /** Called once, when the client's connection is closed. */
  readonly onEnd: (reason: string | undefined) => void;
}

export function openTunnel(options: TunnelOptions): void {
  const { client, upstream, idleTimeoutMs, onBytes } = options;
  let reason: string | undefined;
  // Put back before anyone listens: a stream that flows would hand them out at once, to half of the listeners.
  if (options.clientHead.length > 0) client.unshift(options.clientHead);
  if (options.upstreamHead.length > 0) upstream.unshift(options.upstreamHead);
  client.on('data', (chunk: Buffer) => onBytes('in', chunk.length));
  upstream.on('data', (chunk: Buffer) => onBytes('out', chunk.length));
  // Bytes that move in either direction pass the client's socket, so its timer sees all of them.
  client.setTimeout(idleTimeoutMs, () => {
    reason = `TUNNEL_IDLE: nothing moved for ${idleTimeoutMs} ms`;
    client.destroy();
  });
  join(client, upstream);
  join(upstream, client);
  client.once('close', () => options.onEnd(reason));
}

function join(from: Socket, to: Socket): void {
  from.setNoDelay(true);
  // Finds a peer that vanished without a word, which an idle tunnel would never notice.
  from.setKeepAlive(true, 30_000);
  from.on('error', () => to.destroy());
  // After an orderly end the last bytes still have to leave; after anything else they are worth nothing.
  from.once('close', () => (from.readableEnded ? to.destroySoon() : to.destroy()));
  from.pipe(to);
}
