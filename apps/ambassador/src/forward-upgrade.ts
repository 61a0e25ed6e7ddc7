/** The pass that asks the upstream for a WebSocket, and joins the two connections if it agrees. */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { formatFieldLines } from './call-upstream.ts';
import type { CheckedRequest } from './check-request.ts';
import type { Exchange } from './exchange.ts';
import { Forwarding } from './forward-request.ts';
import { createResponseHeaders } from './headers.ts';
import { ProxyError } from './proxy-error.ts';
import type { AnswerHead } from './response-parser.ts';
import { openTunnel } from './tunnel.ts';

const PROTOCOL = 'websocket';
const UPGRADE_HEADERS = ['Connection', 'Upgrade', 'Upgrade', PROTOCOL];
/** What a client may send before it has an answer; no more is read, so that it cannot fill the memory. */
const MAX_EARLY_BYTES = 65_536;

/** Whether a request is to be taken for an upgrade; any other wish, such as h2c, is stripped and not granted. */
export function isUpgradeToForward({ method, headers }: IncomingMessage): boolean {
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0;
  return method === 'GET' && headers.upgrade?.toLowerCase() === PROTOCOL && !hasBody;
}

/** As Forwarding. An answer other than 101 goes to the client as it is, and its connection is closed. */
export class UpgradeForwarding extends Forwarding {
  readonly #client: Socket;
  #early: Buffer;

  constructor(
    exchange: Exchange,
    checked: CheckedRequest,
    { client, clientHead }: { client: Socket; clientHead: Buffer },
    onFault: (error: unknown) => void,
  ) {
    super(exchange, checked, onFault, UPGRADE_HEADERS);
    this.#client = client;
    this.#early = clientHead;
    // Only who reads from a connection is told that it was closed.
    client.on('data', this.#onEarlyData);
    client.once('end', this.#onClientEnd);
  }

  override onUpgrade(answer: AnswerHead, socket: Socket, rest: Buffer): void {
    const { exchange } = this;
    const { route } = exchange.context;
    const client = this.#client;
    if (answer.upgrade?.toLowerCase() !== PROTOCOL) {
      socket.destroy();
      const message = `${route.upstream.name} switched to another protocol than asked`;
      this.onError(new ProxyError('UPSTREAM_INVALID', message));
      return;
    }
    this.stopWatching();
    route.upstream.health?.succeeded();
    exchange.forwarding = undefined;
    client.removeListener('data', this.#onEarlyData).removeListener('end', this.#onClientEnd).pause();
    exchange.response.detachSocket(client);
    exchange.status = 101;
    route.metrics.tunnels.inc({ listener: route.listener });
    client.write(createSwitchingHead(exchange, answer), 'latin1');
    openTunnel({
      client,
      clientHead: this.#early,
      upstream: socket,
      upstreamHead: rest,
      idleTimeoutMs: route.timeouts.tunnelIdleTimeoutMs,
      onBytes(direction, count) {
        if (direction === 'in') exchange.bytesIn += count;
        else exchange.bytesOut += count;
      },
      onEnd(reason) {
        exchange.error ??= reason;
        route.metrics.tunnels.dec({ listener: route.listener });
        exchange.finish();
      },
    });
  }

  readonly #onEarlyData = (chunk: Buffer): void => {
    this.#early = Buffer.concat([this.#early, chunk]);
    if (this.#early.length >= MAX_EARLY_BYTES) this.#client.pause();
  };

  readonly #onClientEnd = (): void => {
    this.#client.destroy();
  };
}

function createSwitchingHead(exchange: Exchange, answer: AnswerHead): string {
  const lines = formatFieldLines([...createResponseHeaders(exchange, answer), ...UPGRADE_HEADERS]);
  return `HTTP/1.1 101 Switching Protocols\r\n${lines}\r\n`;
}
