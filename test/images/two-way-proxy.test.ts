/** What the ambassador and its twin have in common: legacy-app reached from outside, and the catalog reached by it. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { beforeAll, describe, expect, test } from 'vitest';
import { createNetwork, removeLeftovers } from '../support/containers.ts';
import { startPod } from '../support/docker-pod.ts';

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const CATALOG_ADDRESS = 'catalog.pod-patterns.svc.cluster.local';

const PROXIES = [
  {
    pod: 'ambassador',
    via: /^1\.1 ambassador-inbound-[0-9a-f]{8}$/,
    catalogVia: /^1\.1 ambassador-outbound-[0-9a-f]{8}$/,
    replace: { '{ host: catalog, port: 80 }': '{ host: catalog, port: 8080 }' },
  },
  {
    pod: 'ambassador-haproxy',
    via: /^1\.1 haproxy-inbound-[0-9a-f]{12}$/,
    catalogVia: /^1\.1 haproxy-outbound-[0-9a-f]{12}$/,
    replace: { [`${CATALOG_ADDRESS}:80 `]: `${CATALOG_ADDRESS}:8080 ` },
  },
] as const;

beforeAll(removeLeftovers);

describe.each(PROXIES)('$pod', ({ pod: name, via, catalogVia, replace }) => {
  test('carries a request to the app, and the call the app makes for it', async () => {
    await using network = await createNetwork();
    await using catalog = await startPod('catalog', { network, aliases: [CATALOG_ADDRESS] });
    await using pod = await startPod(name, { network, replace });
    const headers = { 'x-request-id': 'order-17', traceparent: `00-${TRACE_ID}-00f067aa0ba902b7-01` };

    // The twin looks the name up while it runs, so the first answers may come before the first address.
    await expect
      .poll(
        async () => {
          const response = await fetch(`http://${pod.address(80)}/orders/17`, { headers });
          return {
            status: response.status,
            via: response.headers.get('via'),
            body: await response.json(),
          };
        },
        { timeout: 30_000 },
      )
      .toEqual({
        status: 200,
        via: expect.stringMatching(via) as string,
        body: {
          greeting: 'Good day',
          order: 17,
          requestId: 'order-17',
          products: expect.arrayContaining([expect.objectContaining({ sku: 'tea-001' })]) as unknown,
          catalogVia: expect.stringMatching(catalogVia) as string,
        },
      });
    const asked = (await catalog.container('nginx').events()).find(({ request_id }) => request_id === 'order-17');
    expect(asked).toMatchObject({
      trace_id: TRACE_ID,
      http_method: 'GET',
      url_path: '/products.json',
      http_status: 200,
    });
  });

  test('passes bodies, WebSockets and request ids', async () => {
    await using pod = await startPod(name);
    const origin = pod.address(80);
    const order = { sku: 'tea-001', amount: 3, note: 'ü'.repeat(10_000) };
    const created = await fetch(`http://${origin}/orders`, { method: 'POST', body: JSON.stringify(order) });
    expect(created.status).toBe(201);
    expect(await created.json()).toEqual(order);
    expect(created.headers.get('via')).toMatch(via);
    expect(created.headers.get('x-request-id')).toMatch(/^[\w-]{16,}$/);

    const socket = new WebSocket(`ws://${origin}/events`);
    await once(socket, 'open');
    socket.send('hello');
    const [message] = (await once(socket, 'message')) as [MessageEvent];
    expect(message.data).toBe('hello');
    socket.close();
    await once(socket, 'close');
  });

  test('tells when the app is away, and finds it when it is back', async () => {
    await using pod = await startPod(name);
    const health = async () => (await fetch(`http://${pod.address(80)}/health`)).status;
    expect(await health()).toBe(200);
    expect(await pod.container('legacy-app').stop(10)).toBe(0);
    expect(await health()).toBeGreaterThanOrEqual(502);
    await pod.container('legacy-app').start();
    await expect.poll(health, { timeout: 20_000 }).toBe(200);
  });

  test('refuses what two programs could read differently, and closes the connection', async () => {
    await using pod = await startPod(name);
    const refused = [
      ['GET / HTTP/1.1', 'Host: a', 'Host: b'],
      ['GET / HTTP/1.1'],
      ['POST / HTTP/1.1', 'Host: a', 'Content-Length: 1, 2'],
      ['POST / HTTP/1.1', 'Host: a', 'Content-Length: 18446744073709551616'],
      ['POST / HTTP/1.1', 'Host: a', 'Transfer-Encoding: xchunked'],
      ['POST / HTTP/1.0', 'Host: a', 'Transfer-Encoding: chunked', '', '0'],
      ['GET / HTTP/1.1', 'Host: a', 'X-A : 1'],
    ];
    for (const lines of refused) {
      const answer = await sendBytes(pod.address(80), `${lines.join('\r\n')}\r\n\r\n`);
      expect({ lines, answer }).toEqual({ lines, answer: expect.stringMatching(/^HTTP\/1\.1 (?:400|501) /) as string });
    }
    expect(await sendBytes(pod.address(80), 'TRACE / HTTP/1.1\r\nHost: a\r\n\r\n')).toMatch(/^HTTP\/1\.1 405 /);
  });

  test('answers a request that has passed it before with 508', async () => {
    await using pod = await startPod(name);
    const health = (headers: Record<string, string>) => fetch(`http://${pod.address(80)}/health`, { headers });
    const own = (await health({})).headers.get('via') ?? '';
    expect((await health({ via: own })).status).toBe(508);
    expect((await health({ via: '1.1 another' })).status).toBe(200);
  });
});

/** Sends bytes and returns all that comes until the other side has closed. */
async function sendBytes(address: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(`http://${address}`);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.write(bytes);
  return text(socket);
}
