/** An upstream that begins to answer and never ends by itself; it tells when a request came, and when it was given up. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';

export interface Visit {
  /** The head of the request is there. */
  readonly arrived: Promise<void>;
  /** Its exchange is over, in whatever way. */
  readonly gone: Promise<void>;
}

export interface PatientUpstream {
  readonly server: Server;
  /** Call it before the request with that header `x-visit` is sent. */
  expect(id: string): Visit;
  forget(id: string): void;
}

const PART = Buffer.alloc(16_384, 'x');

/**
 * What it does depends on the path. `/upload` reads; `/download` writes as long as it is read from; `/wait` does nothing.
 * For upgrades: `/echo` is a WebSocket, `/silent` never answers, `/plain`, `/moved` and `/denied` answer 200, 302 and 403,
 * `/reset` and `/hang-up` end the connection, the one with a reset.
 */
export function createPatientUpstream(): PatientUpstream {
  const visits = new Map<string, Record<keyof Visit, PromiseWithResolvers<void>>>();
  const arrive = ({ headers }: IncomingMessage, exchange: Duplex | ServerResponse) => {
    const visit = visits.get(String(headers['x-visit']));
    exchange.once('close', () => visit?.gone.resolve());
    exchange.on('error', () => undefined);
    visit?.arrived.resolve();
  };
  const server = createServer((request, response) => {
    arrive(request, response);
    request.on('error', () => undefined);
    if (request.url === '/upload') request.resume();
    if (request.url === '/download') writeOn(response);
  });
  const webSockets = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, socket, head) => {
    arrive(request, socket);
    const status = UPGRADE_REFUSALS[request.url ?? ''];
    if (status !== undefined) socket.end(`HTTP/1.1 ${status}\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno`);
    else if (request.url === '/hang-up') socket.end();
    else if (request.url === '/reset') (socket as Socket).resetAndDestroy();
    else if (request.url === '/silent')
      // An HTTP server's connection stays half open until its program closes it too.
      socket.once('end', () => socket.end()).resume();
    else {
      webSockets.handleUpgrade(request, socket, head, (webSocket) => {
        webSocket.on('message', (data) => webSocket.send(data));
        webSocket.on('error', () => webSocket.terminate());
      });
    }
  });
  return {
    server,
    expect(id) {
      const visit = { arrived: Promise.withResolvers<void>(), gone: Promise.withResolvers<void>() };
      visits.set(id, visit);
      return { arrived: visit.arrived.promise, gone: visit.gone.promise };
    },
    forget: (id) => void visits.delete(id),
  };
}

const UPGRADE_REFUSALS: Readonly<Record<string, string>> = {
  '/plain': '200 OK',
  '/moved': '302 Found\r\nLocation: /elsewhere',
  '/denied': '403 Forbidden',
};

function writeOn(response: ServerResponse): void {
  while (response.writable && response.write(PART));
  response.once('drain', () => writeOn(response));
}
