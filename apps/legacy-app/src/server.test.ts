import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { closeEchoSockets, createEchoSockets } from './echo-sockets.ts';
import type { LogEvent } from './event-format.ts';
import { createOrderServer } from './server.ts';
import { parseSettings } from './settings.ts';

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const answerProducts: RequestListener = (_request, response) => {
  response.setHeader('via', '1.1 ambassador').end('[{"name":"tea"}]');
};

async function startOrders(catalog: RequestListener | string = answerProducts) {
  const events: LogEvent[] = [];
  const sockets = createEchoSockets();
  const onOrder = vi.fn<() => void>();
  const server = createOrderServer({
    settings: () => parseSettings('legacy.ini', 'greeting = Hello\ncatalog.path = /list?all\n'),
    log: {
      write: (event) => Promise.resolve(void events.push(event)),
      reconfigure: () => Promise.resolve(),
      close: () => Promise.resolve(),
    },
    sockets,
    catalogUrl: typeof catalog === 'string' ? catalog : await listen(catalog),
    onOrder,
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, events, sockets, onOrder };
}

describe('GET /orders/<number>', () => {
  test('answers with the products of the catalog and with who stood in between', async () => {
    const { url, events, onOrder } = await startOrders();
    const headers = { 'x-request-id': 'r-1', traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` };
    const response = await fetch(`${url}/orders/17`, { headers });
    expect(response.status).toBe(200);
    expect(await response.json()).toStrictEqual({
      greeting: 'Hello',
      order: 17,
      requestId: 'r-1',
      products: [{ name: 'tea' }],
      catalogVia: '1.1 ambassador',
    });
    expect(onOrder).toHaveBeenCalledTimes(1);
    await expect.poll(() => events).toHaveLength(1);
    expect(events[0]).toStrictEqual({
      severity: 'NOTE',
      source: 'orders.http',
      message: 'GET /orders/17 answered 200',
      values: {
        'request-id': 'r-1',
        traceparent: headers.traceparent,
        method: 'GET',
        path: '/orders/17',
        status: 200,
        took: expect.stringMatching(/^\d+\.\d{3}s$/),
      },
    });
  });

  test('asks the catalog for the path in the settings, with the headers that identify the request', async () => {
    let seen: unknown;
    const { url } = await startOrders((request, response) => {
      const { traceparent, authorization, 'x-request-id': requestId } = request.headers;
      seen = { url: request.url, traceparent, authorization, requestId };
      response.end('[]');
    });
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    const headers = { traceparent, authorization: 'Bearer secret', 'x-request-id': 'r-2' };
    const response = await fetch(`${url}/orders/1`, { headers });
    expect(await response.json()).toMatchObject({ catalogVia: null });
    expect(seen).toStrictEqual({ url: '/list?all', traceparent, authorization: undefined, requestId: 'r-2' });
  });

  test('makes up a request id if there is none', async () => {
    const { url } = await startOrders();
    const response = await fetch(`${url}/orders/1`);
    expect(await response.json()).toMatchObject({ requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) });
  });

  test.each<[string, RequestListener | string, string]>([
    ['refuses', 'http://127.0.0.1:1', 'connect ECONNREFUSED 127.0.0.1:1'],
    ['answers 503', (_request, response) => void response.writeHead(503).end(), 'it answered 503'],
    ['sends no list', (_request, response) => void response.end('{}'), 'it did not send a list'],
    ['hangs up', (request) => void request.socket.destroy(), 'socket hang up'],
    ['says nothing', () => undefined, 'no answer in 2000 ms'],
  ])('answers 502 and logs a failure with its stack when the catalog %s', async (_what, catalog, reason) => {
    const { url, events, onOrder } = await startOrders(catalog);
    const response = await fetch(`${url}/orders/17`, { headers: { 'x-request-id': 'r-3' } });
    expect(response.status).toBe(502);
    expect(await response.json()).toStrictEqual({ error: `catalog did not answer: ${reason}` });
    expect(onOrder).not.toHaveBeenCalled();
    await expect.poll(() => events).toHaveLength(2);
    expect(events[0]).toMatchObject({
      severity: 'FAIL',
      source: 'orders.catalog',
      message: `Catalog did not answer: ${reason}`,
      values: { 'request-id': 'r-3' },
    });
    expect(events[0]?.error?.stack).toMatch(/\n {4}at /);
    expect(events[1]).toMatchObject({ severity: 'WARN', message: 'GET /orders/17 answered 502' });
  });
});

describe('other requests', () => {
  test('GET /health is answered and logged as FINE', async () => {
    const { url, events } = await startOrders();
    const response = await fetch(`${url}/health`);
    expect([response.status, await response.text()]).toStrictEqual([200, 'UP']);
    await expect.poll(() => events[0]?.severity).toBe('FINE');
  });

  test('POST /orders gives the order back', async () => {
    const { url } = await startOrders();
    const order = { product: 'tea', amount: 2 };
    const response = await fetch(`${url}/orders`, { method: 'POST', body: JSON.stringify(order) });
    expect([response.status, await response.json()]).toStrictEqual([201, order]);
  });

  test('an order that is not JSON is refused with 400, one that is too large with 413', async () => {
    const { url } = await startOrders();
    const post = async (body: string) => (await fetch(`${url}/orders`, { method: 'POST', body })).status;
    expect(await post('tea, please')).toBe(400);
    expect(await post(`"${'x'.repeat(100_000)}"`)).toBe(413);
  });

  test.each(['/', '/orders', '/orders/', '/orders/abc', '/orders/1/2', '/events', '/health?x=1'])(
    'GET %s is answered 404',
    async (path) => {
      const { url } = await startOrders();
      expect((await fetch(`${url}${path}`)).status).toBe(404);
    },
  );
});

describe('GET /events', () => {
  test('repeats text messages and says goodbye when the program ends', async () => {
    const { url, events, sockets } = await startOrders();
    const socket = new WebSocket(`${url.replace('http', 'ws')}/events`);
    await once(socket, 'open');
    socket.send('Grüße');
    const [data, isBinary] = (await once(socket, 'message')) as [Buffer, boolean];
    expect([data.toString(), isBinary]).toStrictEqual(['Grüße', false]);
    const closed = once(socket, 'close');
    await closeEchoSockets(sockets, 5_000);
    expect(await closed).toStrictEqual([1001, Buffer.from('going down')]);
    await vi.waitFor(() =>
      expect(events.map((event) => event.message)).toStrictEqual(['Listener joined', 'Listener left']),
    );
  });

  test('on another path is refused', async () => {
    const { url } = await startOrders();
    const socket = new WebSocket(`${url.replace('http', 'ws')}/orders`);
    const [error] = (await once(socket, 'error')) as [Error];
    expect(error.message).toBe('Unexpected server response: 404');
  });
});
