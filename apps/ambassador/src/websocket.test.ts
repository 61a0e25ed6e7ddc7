/** WebSockets through the ambassador, and upgrades that do not come about. */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { connectRaw, findFreePort, startAmbassador, startRawServer, startServer } from './test-support.ts';

const UPGRADE =
  'GET /chat?token=1 HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';
const SWITCHING = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nX-Up: 1\r\n\r\n';

async function startEcho() {
  const server = await startServer((_request, response) => response.end('plain'));
  const sockets = new WebSocketServer({ server: server.server });
  sockets.on('connection', (socket) =>
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary })),
  );
  return server;
}

test('carries messages both ways, and the close', async () => {
  await using upstream = await startEcho();
  await using ambassador = await startAmbassador(upstream.port);
  const socket = new WebSocket(`ws://127.0.0.1:${ambassador.port}/chat`);
  await once(socket, 'open');
  expect(await ambassador.metric('ambassador_tunnels_open')).toBe(1);
  const large = Buffer.alloc(1_048_576, 7);
  socket.send('hello');
  socket.send(large);
  const [hello] = (await once(socket, 'message')) as [Buffer];
  const [echo] = (await once(socket, 'message')) as [Buffer];
  expect(String(hello)).toBe('hello');
  expect(large.equals(echo)).toBe(true);

  socket.close(4_001, 'bye');
  expect(await once(socket, 'close')).toMatchObject([4_001, Buffer.from('bye')]);
  await expect
    .poll(() => ambassador.logged.at(-1))
    .toMatchObject({ level: 'info', http_status: 101, url_path: '/chat', listener: 'test' });
  expect(ambassador.logged.at(-1)?.['bytes_in']).toBeGreaterThan(large.length);
  expect(ambassador.logged.at(-1)?.['bytes_out']).toBeGreaterThan(large.length);
  expect(await ambassador.metric('ambassador_tunnels_open')).toBe(0);
  expect(await ambassador.metric('ambassador_requests_in_flight')).toBe(0);
});

test('passes on the head with its own headers added, and bytes glued to it in both directions', async () => {
  await using upstream = await startRawServer((socket, received) => {
    if (received.endsWith('\r\n\r\n')) socket.write(`${SWITCHING}first`);
    if (received.endsWith('more')) socket.end('last');
  });
  await using ambassador = await startAmbassador(upstream.port);
  using client = await connectRaw(
    ambassador.port,
    `${UPGRADE.replace('Host: a', 'Host: a\r\nX-Forwarded-For: 6.6.6.6')}early`,
  );
  const head = await client.until('first');
  expect(head).toMatch(/^HTTP\/1.1 101 Switching Protocols\r\n/);
  expect(head).toMatch(/^X-Up: 1\r\nVia: 1.1 ambassador-test-[0-9a-f]+\r$/m);
  expect(head.match(/^upgrade: websocket\r$/gim)).toHaveLength(1);
  client.send('more');
  expect(await client.untilClosed()).toMatch(/firstlast$/);
  const seen = upstream.received[0] ?? '';
  expect(seen).toMatch(/^GET \/chat\?token=1 HTTP\/1.1\r\n/);
  expect(seen).toMatch(/^X-Forwarded-For: 127.0.0.1\r$/m);
  expect(seen).toMatch(/^Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r$/m);
  expect(seen.match(/^connection: upgrade\r$/gim)).toHaveLength(1);
  expect(seen).toMatch(/\r\n\r\nearlymore$/);
});

test.each([200, 302, 401])('passes on a plain answer to an upgrade (%d) and closes the connection', async (status) => {
  await using upstream = await startServer((_request, response) =>
    response.writeHead(status, { 'x-up': '1' }).end('no sockets here'),
  );
  upstream.server.on('upgrade', (_request, socket) => {
    socket.end(`HTTP/1.1 ${status} No\r\nContent-Length: 15\r\nX-Up: 1\r\n\r\nno sockets here`);
  });
  await using ambassador = await startAmbassador(upstream.port);
  using client = await connectRaw(ambassador.port, UPGRADE);
  const received = await client.untilClosed();
  expect(received).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(received).toMatch(/^Connection: close\r$/m);
  expect(received).toMatch(/no sockets here$/);
  await expect
    .poll(() => ambassador.logged.at(-1))
    .toMatchObject({ level: 'info', http_status: status, bytes_out: 15 });
});

test.each<[string, (socket: Socket) => void]>([
  ['resets the connection', (socket) => socket.resetAndDestroy()],
  ['ends it without an answer', (socket) => socket.end()],
  ['ends it within the head', (socket) => socket.end('HTTP/1.1 101 Swi')],
  ['answers nonsense', (socket) => socket.write('nonsense\r\n\r\n')],
  ['switches to another protocol', (socket) => socket.write(SWITCHING.replace('websocket', 'h2c'))],
])('answers 502 if the upstream %s, and goes on', async (_case, act) => {
  await using upstream = await startRawServer(act);
  await using ambassador = await startAmbassador(upstream.port);
  for (let index = 0; index < 2; index += 1) {
    using client = await connectRaw(ambassador.port, UPGRADE);
    expect(await client.untilClosed()).toMatch(/^HTTP\/1.1 502 .*"requestId"/s);
  }
});

test('answers 502 to an upgrade while the upstream is down', async () => {
  await using ambassador = await startAmbassador(await findFreePort(), { upstream: { retries: 0 } });
  using client = await connectRaw(ambassador.port, UPGRADE);
  expect(await client.untilClosed()).toMatch(/^HTTP\/1.1 502 .*UPSTREAM_UNREACHABLE/s);
});

test('answers 504 to an upgrade that the upstream does not answer', async () => {
  await using upstream = await startRawServer(() => undefined);
  await using ambassador = await startAmbassador(upstream.port, { timeouts: { responseTimeoutMs: 50 } });
  using client = await connectRaw(ambassador.port, UPGRADE);
  expect(await client.untilClosed()).toMatch(/^HTTP\/1.1 504 /);
});

test.each(['client', 'upstream'])('ends both connections when the %s resets its own', async (side) => {
  const upstreamSockets: Socket[] = [];
  await using upstream = await startRawServer((socket) => {
    upstreamSockets.push(socket);
    socket.write(SWITCHING);
  });
  await using ambassador = await startAmbassador(upstream.port);
  using client = await connectRaw(ambassador.port, UPGRADE);
  await client.until(/\r\n\r\n$/);
  (side === 'client' ? client.socket : upstreamSockets[0])?.resetAndDestroy();
  await client.untilClosed();
  await expect.poll(() => upstreamSockets[0]?.destroyed).toBe(true);
  await expect.poll(() => ambassador.metric('ambassador_tunnels_open')).toBe(0);
});

test('ends a tunnel through which nothing moves, on both sides', async () => {
  const upstreamSockets: Socket[] = [];
  await using upstream = await startRawServer((socket) => {
    upstreamSockets.push(socket);
    socket.write(SWITCHING);
  });
  await using ambassador = await startAmbassador(upstream.port, { timeouts: { tunnelIdleTimeoutMs: 50 } });
  using client = await connectRaw(ambassador.port, UPGRADE);
  await client.untilClosed();
  await expect.poll(() => upstreamSockets[0]?.destroyed).toBe(true);
  await expect
    .poll(() => ambassador.logged.at(-1))
    .toMatchObject({ http_status: 101, error: 'TUNNEL_IDLE: nothing moved for 50 ms' });
});

test('never puts the connection of an upgrade into the pool', async () => {
  await using upstream = await startServer((_request, response) => response.end('plain'));
  await using ambassador = await startAmbassador(upstream.port);
  using client = await connectRaw(ambassador.port, UPGRADE);
  expect(await client.untilClosed()).toMatch(/plain/);
  expect(await ambassador.metric('ambassador_upstream_connections')).toBe(0);
  await expect.poll(() => upstream.connections[0]?.destroyed).toBe(true);
});

test('strips any other wish to upgrade, and treats the request as any other', async () => {
  await using upstream = await startServer((_request, response) => response.end('plain'));
  await using ambassador = await startAmbassador(upstream.port);
  using client = await connectRaw(ambassador.port, UPGRADE.replace('websocket', 'h2c'));
  await client.until('plain');
  expect(upstream.requests[0]?.headers).not.toHaveProperty('upgrade');
});

test.each(['POST', 'GET'])('does not take a %s with a body for an upgrade', async (method) => {
  await using upstream = await startServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () => response.end(`got ${body}.`));
  });
  await using ambassador = await startAmbassador(upstream.port);
  const smuggled = 'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n';
  using client = await connectRaw(
    ambassador.port,
    UPGRADE.replace('GET', method).replace('Host: a', `Host: a\r\nContent-Length: ${smuggled.length}`) + smuggled,
  );
  await client.until(/got GET \/smuggled/);
  expect(upstream.requests.map(({ url }) => url)).toStrictEqual(['/chat?token=1']);
});
