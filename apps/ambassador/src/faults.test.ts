/** What happens when one of the two sides does not do its part: retries, timeouts, broken answers, clients that leave. */
import { once } from 'node:events';
import { request as httpRequest, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import {
  bodyOf,
  connectRaw,
  findFreePort,
  startAmbassador,
  startRawServer,
  startServer,
  type TestAmbassador,
} from './test-support.ts';

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

test('answers 502 with the request id while the upstream is down, and 200 as soon as it is up', async () => {
  const port = await findFreePort();
  await using ambassador = await startAmbassador(port, { upstream: { retries: 0 } });
  const response = await fetch(ambassador.url, { headers: { 'x-request-id': 'id-1' } });
  expect(response.status).toBe(502);
  expect(await response.json()).toStrictEqual({
    error: 'UPSTREAM_UNREACHABLE',
    message: 'app cannot be reached',
    requestId: 'id-1',
  });
  await expect
    .poll(() => ambassador.logged.at(-1))
    .toMatchObject({
      level: 'warn',
      http_status: 502,
      error: `UPSTREAM_UNREACHABLE: app cannot be reached: connect ECONNREFUSED 127.0.0.1:${port}`,
    });
  expect(await ambassador.metric('ambassador_upstream_errors_total', { code: 'UPSTREAM_UNREACHABLE' })).toBe(1);

  await using server = await startServer((_request, answer) => answer.end('up'), port);
  expect((await fetch(ambassador.url)).status).toBe(200);
  expect(server.requests).toHaveLength(1);
});

test('answers 502 for a name that does not resolve', async () => {
  await using ambassador = await startAmbassador(80, { upstream: { host: 'nowhere.invalid', retries: 0 } });
  expect(await (await fetch(ambassador.url)).json()).toMatchObject({ error: 'UPSTREAM_UNREACHABLE' });
});

test('connects again, whatever the method, since nothing was sent', async () => {
  const port = await findFreePort();
  await using ambassador = await startAmbassador(port, { upstream: { retries: 8 } });
  const answer = fetch(ambassador.url, { method: 'POST', body: 'once' });
  await expect
    .poll(() => ambassador.metric('ambassador_upstream_retries_total', { reason: 'connect' }))
    .toBeGreaterThan(0);
  const bodies: string[] = [];
  await using server = await startServer(async (request, response) => {
    bodies.push(await text(request));
    response.end('ok');
  }, port);
  expect((await answer).status).toBe(200);
  expect(server.requests).toHaveLength(1);
  expect(bodies).toStrictEqual(['once']);
});

/** Answers the first request of a connection, and hangs up on the second without a byte. */
async function startForgetfulServer() {
  return startRawServer((socket, received) => {
    const count = received.split(' HTTP/1.1').length - 1;
    if (count > 1) socket.destroy();
    else if (received.endsWith('\r\n\r\n')) socket.write(OK);
  });
}

async function send(ambassador: TestAmbassador, method: string): Promise<number> {
  const response = await fetch(ambassador.url, { method });
  await response.arrayBuffer();
  return response.status;
}

test('repeats a GET whose pooled connection was dead', async () => {
  await using upstream = await startForgetfulServer();
  await using ambassador = await startAmbassador(upstream.port);
  expect([await send(ambassador, 'GET'), await send(ambassador, 'GET')]).toStrictEqual([200, 200]);
  expect(upstream.received.map((bytes) => bytes.match(/GET/g)?.length)).toStrictEqual([2, 1]);
  expect(await ambassador.metric('ambassador_upstream_retries_total', { reason: 'stale' })).toBe(1);
});

test('does not repeat a POST whose pooled connection was dead, as it may have been acted on', async () => {
  await using upstream = await startForgetfulServer();
  await using ambassador = await startAmbassador(upstream.port);
  expect([await send(ambassador, 'GET'), await send(ambassador, 'POST')]).toStrictEqual([200, 502]);
  expect(upstream.received.join('').match(/POST/g)).toHaveLength(1);
});

test('does not repeat a GET that was hung up on over a new connection', async () => {
  await using upstream = await startRawServer((socket) => socket.destroy());
  await using ambassador = await startAmbassador(upstream.port);
  expect(await send(ambassador, 'GET')).toBe(502);
  expect(upstream.received).toHaveLength(1);
});

test('does not repeat a GET after the first byte of an answer', async () => {
  await using upstream = await startRawServer((socket, received) => {
    if (received.split(' HTTP/1.1').length - 1 > 1) socket.end('HTTP/1.1 20');
    else socket.write(OK);
  });
  await using ambassador = await startAmbassador(upstream.port);
  expect([await send(ambassador, 'GET'), await send(ambassador, 'GET')]).toStrictEqual([200, 502]);
  expect(upstream.received).toHaveLength(1);
});

test('answers 504 if the upstream does not answer in time, and lets go of it', async () => {
  await using upstream = await startServer(() => undefined);
  await using ambassador = await startAmbassador(upstream.port, { timeouts: { responseTimeoutMs: 50 } });
  const response = await fetch(ambassador.url);
  expect([response.status, await response.json()]).toMatchObject([504, { error: 'UPSTREAM_TIMEOUT' }]);
  await expect.poll(() => upstream.connections[0]?.destroyed).toBe(true);
});

test('answers 408 if a body stops coming, and tells the upstream by hanging up', async () => {
  await using upstream = await startServer((request) => request.resume());
  await using ambassador = await startAmbassador(upstream.port, { timeouts: { idleTimeoutMs: 50 } });
  using client = await connectRaw(ambassador.port, 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf');
  expect(await client.untilClosed()).toMatch(/^HTTP\/1.1 408 .*REQUEST_TIMEOUT/s);
  await expect.poll(() => upstream.connections[0]?.destroyed).toBe(true);
});

test('answers 408 if the head of a request does not come', async () => {
  await using upstream = await startServer((_request, response) => response.end());
  await using ambassador = await startAmbassador(upstream.port, { timeouts: { requestHeadTimeoutMs: 50 } });
  using client = await connectRaw(ambassador.port, 'GET / HTTP/1.1\r\nHost:');
  expect(await client.untilClosed()).toMatch(/^HTTP\/1.1 408 .*REQUEST_TIMEOUT/s);
  expect(ambassador.logged.at(-1)).toMatchObject({ http_status: 408, listener: 'test', client_address: '127.0.0.1' });
});

test('cuts an answer off that stops moving', async () => {
  await using upstream = await startServer((_request, response) => response.write('a'));
  await using ambassador = await startAmbassador(upstream.port, { timeouts: { idleTimeoutMs: 50 } });
  using client = await connectRaw(ambassador.port, GET);
  expect(await client.untilClosed()).not.toMatch(/\r\n0\r\n\r\n$/);
  await expect
    .poll(() => ambassador.logged.at(-1))
    .toMatchObject({ error: expect.stringContaining('nothing moved for 50 ms') });
});

test.each([
  ['a sized answer', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf', /half$/],
  ['a chunked answer', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n', /4\r\nhalf\r\n$/],
])('cuts %s off where the upstream broke it off, so that it does not look whole', async (_case, answer, end) => {
  await using upstream = await startRawServer((socket) => socket.end(answer));
  await using ambassador = await startAmbassador(upstream.port);
  using client = await connectRaw(ambassador.port, GET);
  expect(await client.untilClosed()).toMatch(end);
  await expect
    .poll(() => ambassador.logged.at(-1))
    .toMatchObject({ http_status: 200, error: expect.stringMatching(/^UPSTREAM_CLOSED/) });
});

test('passes on an answer that ends with the connection', async () => {
  await using upstream = await startRawServer((socket) => socket.end('HTTP/1.0 200 OK\r\n\r\nhello'));
  await using ambassador = await startAmbassador(upstream.port);
  expect(await (await fetch(ambassador.url)).text()).toBe('hello');
});

test.each([
  ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok!'],
  ['a length and chunks', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
  ['a first chunk of no size', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nhello\r\n0\r\n\r\n'],
  ['an unknown encoding', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nok'],
  ['no HTTP at all', 'SSH-2.0-OpenSSH\r\n'],
  [
    'another protocol that was not asked for',
    'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n',
  ],
  ['a status out of range', 'HTTP/1.1 1000 What\r\nContent-Length: 0\r\n\r\n'],
])('answers 502 to %s, and the process goes on', async (_case, answer) => {
  await using upstream = await startRawServer((socket) => socket.write(answer));
  await using ambassador = await startAmbassador(upstream.port);
  for (let index = 0; index < 2; index += 1) {
    const response = await fetch(ambassador.url);
    expect([response.status, await response.json()]).toMatchObject([502, { error: 'UPSTREAM_INVALID' }]);
  }
});

test('does not give one client what the upstream sent after the answer to another', async () => {
  let first: Socket | undefined;
  await using upstream = await startRawServer((socket) => {
    first ??= socket;
    socket.write(OK);
  });
  await using ambassador = await startAmbassador(upstream.port);
  expect(await send(ambassador, 'GET')).toBe(200);
  first?.write('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison');
  await expect.poll(() => ambassador.metric('ambassador_upstream_connections', { state: 'idle' })).toBe(0);
  expect(await (await fetch(ambassador.url)).text()).toBe('ok');
});

test.each(['before the answer', 'during the answer', 'during the request'])(
  'lets go of the upstream when the client leaves %s',
  async (when) => {
    await using upstream = await startServer((_request, response) => {
      if (when === 'during the answer') response.write('part');
    });
    await using ambassador = await startAmbassador(upstream.port);
    using client = await connectRaw(
      ambassador.port,
      when === 'during the request' ? 'PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf' : GET,
    );
    await expect.poll(() => upstream.requests.length).toBe(1);
    await client.until(when === 'during the answer' ? 'part' : '');
    client.socket.destroy();
    await expect.poll(() => upstream.connections[0]?.destroyed).toBe(true);
    await expect.poll(() => ambassador.logged.at(-1)).toMatchObject({ error: 'CLIENT_CLOSED' });
    expect(await ambassador.metric('ambassador_upstream_connections')).toBe(0);
    expect(await ambassador.metric('ambassador_requests_in_flight')).toBe(0);
  },
);

test('passes on an answer that comes before the request is whole, and does not mistake the rest for a request', async () => {
  await using upstream = await startServer((_request, response) => response.writeHead(413).end('too large'));
  await using ambassador = await startAmbassador(upstream.port);
  // More than any buffer between the two holds, so it has to be read and thrown away.
  const rest = 'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(20_000);
  using client = await connectRaw(
    ambassador.port,
    `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${rest.length}\r\n\r\n`,
  );
  expect(await client.until('too large')).toMatch(/^HTTP\/1.1 413/);
  client.send(rest);
  client.send(GET);
  await expect.poll(() => upstream.requests.map(({ url }) => url)).toStrictEqual(['/', '/']);
});

test('does not keep a connection on which half a request was sent', async () => {
  await using upstream = await startRawServer((socket) => socket.write(OK));
  await using ambassador = await startAmbassador(upstream.port);
  using client = await connectRaw(ambassador.port, 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf');
  await client.until(/ok$/);
  await expect.poll(() => ambassador.metric('ambassador_upstream_connections')).toBe(0);
});

test('keeps a request that waits longer than a pooled connection may lie idle', { timeout: 15_000 }, async () => {
  let held: ServerResponse | undefined;
  await using upstream = await startServer((_request, response) => {
    held = response;
  });
  await using ambassador = await startAmbassador(upstream.port);
  const request = httpRequest(ambassador.url).end();
  const response = once(request, 'response') as Promise<[NodeJS.ReadableStream]>;
  await expect.poll(() => held).toBeDefined();
  const timer = setTimeout(() => held?.end('late'), 5_000);
  expect(await text((await response)[0])).toBe('late');
  clearTimeout(timer);
});

test('answers pipelined requests in order, then refuses what is no request', async () => {
  await using upstream = await startServer((request, response) => response.end(request.url));
  await using ambassador = await startAmbassador(upstream.port);
  const requests = Array.from({ length: 20 }, (_, index) => `GET /${index} HTTP/1.1\r\nHost: a\r\n\r\n`);
  using client = await connectRaw(ambassador.port, `${requests.join('')}NONSENSE\r\n\r\n`);
  const received = await client.untilClosed();
  expect([...received.matchAll(/^\/(\d+)HTTP|^\/(\d+)$/gm)].length).toBeGreaterThan(0);
  expect(received.match(/HTTP\/1.1 \d+/g)).toStrictEqual([...requests.map(() => 'HTTP/1.1 200'), 'HTTP/1.1 400']);
  expect(bodyOf(received)).toMatch(/^\/0/);
});
