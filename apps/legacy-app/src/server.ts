/** The HTTP side: health, orders, and a WebSocket that repeats what it hears. Every request leaves one event in the log. */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { fetchCatalog } from './catalog.ts';
import { formatSeconds } from './event-format.ts';
import type { EventLog } from './event-log.ts';
import { acceptWebSocket, type EchoSockets } from './echo-sockets.ts';
import type { Settings } from './settings.ts';

export interface OrderServerOptions {
  /** The settings in use; asked at every request, because they may be read again. */
  readonly settings: () => Settings;
  readonly log: EventLog;
  readonly sockets: EchoSockets;
  readonly catalogUrl: string;
  /** Called for every order that was answered with 200 or 201. */
  readonly onOrder: () => void;
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

const MAX_ORDER_BYTES = 65_536;
const NOT_FOUND: Answer = { status: 404, body: { error: 'not found' } };

/** The server; the caller makes it listen. */
export function createOrderServer(options: OrderServerOptions): Server {
  const server = createServer((request, response) => {
    handle(options, request, response).catch((error: unknown) => {
      // The client hung up in the middle, or there is a mistake in here: this request is lost, the others are not.
      response.destroy();
      void options.log.write({ severity: 'WARN', source: 'orders.http', ...describe(error) });
    });
  });
  server.on('upgrade', (request, socket, head) => {
    acceptWebSocket(options, request, socket, head);
  });
  return server;
}

async function handle(options: OrderServerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const startedMs = performance.now();
  const requestId = header(request, 'x-request-id') ?? randomUUID();
  const { status, body } = await answer(options, request, requestId);
  const text = typeof body === 'string' ? body : `${JSON.stringify(body)}\n`;
  const type = typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json';
  // Nobody wants to read the rest of an order that is too large.
  if (status === 413) response.setHeader('connection', 'close');
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text) }).end(text);
  await options.log.write({
    severity: isProbe(request) ? 'FINE' : status < 500 ? 'NOTE' : 'WARN',
    source: 'orders.http',
    message: `${request.method} ${request.url} answered ${status}`,
    values: {
      'request-id': requestId,
      traceparent: header(request, 'traceparent'),
      method: request.method,
      path: request.url,
      status,
      took: formatSeconds(performance.now() - startedMs),
    },
  });
}

async function answer(options: OrderServerOptions, request: IncomingMessage, requestId: string): Promise<Answer> {
  const path = (request.url ?? '').split('?')[0] ?? '';
  if (isProbe(request)) return { status: 200, body: 'UP' };
  if (path === '/orders' && request.method === 'POST') return takeOrder(options, request);
  const number = /^\/orders\/(?<number>\d{1,9})$/.exec(path)?.groups?.['number'];
  if (number === undefined || request.method !== 'GET') return NOT_FOUND;
  return showOrder(options, request, requestId, Number(number));
}

async function showOrder(
  { settings, log, catalogUrl, onOrder }: OrderServerOptions,
  request: IncomingMessage,
  requestId: string,
  order: number,
): Promise<Answer> {
  const { greeting, catalogPath } = settings();
  const headers = { ...request.headers, 'x-request-id': requestId };
  try {
    const catalog = await fetchCatalog({ baseUrl: catalogUrl, path: catalogPath, headers });
    onOrder();
    return { status: 200, body: { greeting, order, requestId, products: catalog.products, catalogVia: catalog.via } };
  } catch (error) {
    const { message, error: cause } = describe(error);
    await log.write({
      severity: 'FAIL',
      source: 'orders.catalog',
      message: `Catalog did not answer: ${message}`,
      values: { 'request-id': requestId, traceparent: header(request, 'traceparent') },
      ...(cause && { error: cause }),
    });
    return { status: 502, body: { error: `catalog did not answer: ${message}` } };
  }
}

async function takeOrder({ onOrder }: OrderServerOptions, request: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_ORDER_BYTES) return { status: 413, body: { error: `more than ${MAX_ORDER_BYTES} bytes` } };
    chunks.push(chunk);
  }
  try {
    const order: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    onOrder();
    return { status: 201, body: order };
  } catch {
    return { status: 400, body: { error: 'not JSON' } };
  }
}

function isProbe(request: IncomingMessage): boolean {
  return request.method === 'GET' && request.url === '/health';
}

function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}

function describe(error: unknown): { message: string; error?: Error } {
  return error instanceof Error ? { message: error.message, error } : { message: String(error) };
}
