/** What is too much: heads, bodies, connections, requests at once, and requests that wait. */
import { request as httpRequest, type ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { connectRaw, startAmbassador, startServer } from './test-support.ts';

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const POST = 'POST / HTTP/1.1\r\nHost: a\r\n';

test('answers 414 to a target and 431 to headers that are too large, and takes what is not', async () => {
  await using upstream = await startServer((_request, response) => response.end('ok'));
  await using ambassador = await startAmbassador(upstream.port, { limits: { maxHeaderBytes: 2_048, maxHeaders: 8 } });
  const send = async (head: string) => {
    using client = await connectRaw(ambassador.port, `${head}\r\n\r\n`);
    return await client.until(/^HTTP\/1.1 \d+/);
  };
  expect(await send(`GET /${'a'.repeat(65_536)} HTTP/1.1\r\nHost: a`)).toMatch(/^HTTP\/1.1 414 /);
  expect(await send(`GET / HTTP/1.1\r\nHost: a\r\nX-A: ${'a'.repeat(2_048)}`)).toMatch(/^HTTP\/1.1 431 /);
  expect(await send(`GET / HTTP/1.1\r\nHost: a${'\r\nX-A: 1'.repeat(8)}`)).toMatch(/^HTTP\/1.1 431 /);
  expect(await send(`GET /${'a'.repeat(1_500)} HTTP/1.1\r\nHost: a${'\r\nX-A: 1'.repeat(7)}`)).toMatch(
    /^HTTP\/1.1 200 /,
  );
  expect(upstream.requests).toHaveLength(1);
});

test('answers 413 to a body that says it is too large, without asking the upstream', async () => {
  await using upstream = await startServer((_request, response) => response.end('ok'));
  await using ambassador = await startAmbassador(upstream.port, { limits: { maxBodyBytes: 5 } });
  using large = await connectRaw(ambassador.port, `${POST}Content-Length: 6\r\n\r\nlarge!`);
  expect(await large.untilClosed()).toMatch(/^HTTP\/1.1 413 .*BODY_TOO_LARGE/s);
  expect(upstream.requests).toHaveLength(0);
  using fitting = await connectRaw(ambassador.port, `${POST}Content-Length: 5\r\n\r\nfits!`);
  await fitting.until(/^HTTP\/1.1 200 /);
});

test('answers 413 to a chunked body once it is too large, and hangs up on the upstream', async () => {
  await using upstream = await startServer((request) => request.resume());
  await using ambassador = await startAmbassador(upstream.port, { limits: { maxBodyBytes: 5 } });
  using client = await connectRaw(ambassador.port, `${POST}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n`);
  await expect.poll(() => upstream.requests).toHaveLength(1);
  client.send('3\r\ndef\r\n');
  expect(await client.untilClosed()).toMatch(/^HTTP\/1.1 413 .*BODY_TOO_LARGE/s);
  await expect.poll(() => upstream.connections[0]?.destroyed).toBe(true);
});

test('closes one connection more than there may be, and counts it', async () => {
  await using upstream = await startServer((_request, response) => response.end('ok'));
  await using ambassador = await startAmbassador(upstream.port, { limits: { maxConnections: 2 } });
  using first = await connectRaw(ambassador.port, GET);
  using second = await connectRaw(ambassador.port, GET);
  await Promise.all([first.until(/ok/), second.until(/ok/)]);
  using third = await connectRaw(ambassador.port);
  expect(await third.untilClosed()).toBe('');
  expect(await ambassador.metric('ambassador_connections_refused_total')).toBe(1);
  first.send(GET);
  await first.until(/ok.*ok/s);
});

test('answers 503 to one request more than there may be at once', async () => {
  const held: ServerResponse[] = [];
  await using upstream = await startServer((_request, response) => held.push(response));
  await using ambassador = await startAmbassador(upstream.port, { limits: { maxInFlight: 1 } });
  const first = fetch(ambassador.url);
  await expect.poll(() => held).toHaveLength(1);
  const refused = await fetch(ambassador.url);
  expect([refused.status, await refused.json()]).toMatchObject([503, { error: 'OVERLOADED' }]);
  held[0]?.end('ok');
  expect((await first).status).toBe(200);
  await expect.poll(() => ambassador.metric('ambassador_requests_in_flight')).toBe(0);
  const next = fetch(ambassador.url);
  await expect.poll(() => held).toHaveLength(2);
  held[1]?.end('ok');
  expect((await next).status).toBe(200);
});

test('answers 503 when too many requests wait for a connection, or one waits too long', async () => {
  await using upstream = await startServer(() => undefined);
  await using ambassador = await startAmbassador(upstream.port, {
    upstream: { poolSize: 1, maxQueued: 1 },
    timeouts: { queueTimeoutMs: 100 },
  });
  using holder = await connectRaw(ambassador.port, GET);
  await expect.poll(() => upstream.requests).toHaveLength(1);
  const waiting = fetch(ambassador.url);
  await expect.poll(() => ambassador.metric('ambassador_upstream_waiting_requests')).toBe(1);
  const refused = await fetch(ambassador.url);
  expect([refused.status, await refused.json()]).toMatchObject([503, { error: 'UPSTREAM_BUSY' }]);
  expect((await waiting).status).toBe(503);
  expect(await ambassador.metric('ambassador_upstream_waiting_requests')).toBe(0);
  await expect.poll(() => ambassador.logged.at(-1)?.['queue_ms']).toBeGreaterThanOrEqual(99);
  expect(holder.isClosed).toBe(false);
});

test('lets go of a request whose client leaves while it waits for a connection', async () => {
  const held: ServerResponse[] = [];
  await using upstream = await startServer((_request, response) => held.push(response));
  await using ambassador = await startAmbassador(upstream.port, { upstream: { poolSize: 1 } });
  const first = fetch(ambassador.url);
  await expect.poll(() => held).toHaveLength(1);
  using leaving = await connectRaw(ambassador.port, GET);
  await expect.poll(() => ambassador.metric('ambassador_upstream_waiting_requests')).toBe(1);
  leaving.socket.destroy();
  await expect.poll(() => ambassador.metric('ambassador_upstream_waiting_requests')).toBe(0);
  held[0]?.end('ok');
  expect(await (await first).text()).toBe('ok');
  expect(upstream.requests).toHaveLength(1);
});

test('does not read more of a large body than a slow upstream takes', async () => {
  await using upstream = await startServer((request) => request.pause());
  await using ambassador = await startAmbassador(upstream.port);
  const size = 64 * 1_048_576;
  const request = httpRequest(ambassador.url, { method: 'PUT', headers: { 'content-length': size } });
  request.on('error', () => undefined);
  const chunk = Buffer.alloc(65_536);
  let written = 0;
  const write = () => {
    do written += chunk.length;
    while (written < size && request.write(chunk));
  };
  request.on('drain', write);
  write();
  let before = -1;
  await expect.poll(() => before === (before = written) && written > 0, { interval: 300, timeout: 10_000 }).toBe(true);
  expect(written).toBeLessThan(32 * 1_048_576);
  request.destroy();
});
