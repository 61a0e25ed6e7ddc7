/** `/events`: a WebSocket that sends every text message back. */
import { once } from 'node:events';
import { STATUS_CODES, type IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { EventLog } from './event-log.ts';

export type EchoSockets = WebSocketServer;

/** One server for all sockets, so that they can be told when the program ends. */
export function createEchoSockets(): EchoSockets {
  return new WebSocketServer({ noServer: true, maxPayload: 65_536 });
}

/** Takes an `Upgrade` request: `/events` becomes a WebSocket, everything else is refused with 404. */
export function acceptWebSocket(
  { sockets, log }: { readonly sockets: EchoSockets; readonly log: EventLog },
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): void {
  socket.on('error', () => socket.destroy());
  if ((request.url ?? '').split('?')[0] !== '/events') {
    socket.end(`HTTP/1.1 404 ${STATUS_CODES[404]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    return;
  }
  const values = { path: request.url, 'request-id': request.headers['x-request-id']?.toString() };
  sockets.handleUpgrade(request, socket, head, (webSocket) => {
    let messages = 0;
    void log.write({ severity: 'NOTE', source: 'orders.events', message: 'Listener joined', values });
    webSocket.on('message', (data, isBinary) => {
      messages += 1;
      if (!isBinary) webSocket.send(data, { binary: false });
    });
    webSocket.on('error', (error) => {
      void log.write({ severity: 'WARN', source: 'orders.events', message: error.message, values, error });
    });
    webSocket.on('close', () => {
      void log.write({
        severity: 'NOTE',
        source: 'orders.events',
        message: 'Listener left',
        values: { ...values, messages },
      });
    });
  });
}

/** Says goodbye to all (close code 1001); resolves when they are gone, at the latest after the time. */
export async function closeEchoSockets(sockets: EchoSockets, timeoutMs: number): Promise<void> {
  const timer = setTimeout(() => {
    for (const socket of sockets.clients) socket.terminate();
  }, timeoutMs);
  const closed = once(sockets, 'close');
  for (const socket of sockets.clients) socket.close(1001, 'going down');
  sockets.close();
  await closed;
  clearTimeout(timer);
}
