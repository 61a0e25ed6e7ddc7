/** An upstream that writes down what reaches it, so that what clients sent can be reconciled with what arrived. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocketServer } from 'ws';

/** How often each order arrived, by its number. */
export type Arrivals = Map<number, number>;

export const DOWNLOAD_PART = Buffer.alloc(4_096, 'part of a slow download\n');
export const DOWNLOAD_PARTS = 50;

/**
 * `GET` and `POST /orders/N` are written down and answered with `N`, and with the name of this upstream in `x-upstream`;
 * the body of a POST must be `orderText(N)`. `GET /download?ms=T` takes T milliseconds; `GET /wait?ms=T` sends its head
 * at once and its body after T. A WebSocket gets back what it sends.
 */
export function createOrderLog(name: string, arrivals: Arrivals): Server {
  const server = createServer((request, response) => {
    void answer(request, response).catch(() => response.destroy());
  });
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    response.setHeader('x-upstream', name);
    const url = new URL(request.url ?? '/', 'http://upstream');
    const milliseconds = Number(url.searchParams.get('ms'));
    if (url.pathname === '/download') return sendSlowly(response, milliseconds);
    if (url.pathname === '/wait') {
      response.flushHeaders();
      await sleep(milliseconds);
      return response.end('waited');
    }
    const order = Number(url.pathname.slice('/orders/'.length));
    arrivals.set(order, (arrivals.get(order) ?? 0) + 1);
    const isWhole = request.method !== 'POST' || (await text(request)) === orderText(order);
    return response.writeHead(isWhole ? 200 : 400).end(String(order));
  };
  const webSockets = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, socket, head) => {
    webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      webSocket.on('message', (data, isBinary) => webSocket.send(data, { binary: isBinary }));
      webSocket.on('error', () => webSocket.terminate());
    });
  });
  return server;
}

export function orderText(order: number): string {
  return `order ${order}\n`.repeat(100);
}

async function sendSlowly(response: ServerResponse, milliseconds: number) {
  response.writeHead(200, { 'content-length': DOWNLOAD_PART.length * DOWNLOAD_PARTS });
  for (let part = 0; part < DOWNLOAD_PARTS; part += 1) {
    response.write(DOWNLOAD_PART);
    await sleep(milliseconds / DOWNLOAD_PARTS);
  }
  response.end();
}
