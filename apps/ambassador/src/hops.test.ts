/** What concerns a chain of proxies: Via, Max-Forwards, Expect, interim answers, trailers, and who is believed. */
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { connectRaw, startAmbassador, startRawServer, startServer } from './test-support.ts';

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n';
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

/** What the upstream saw of one request, and what the client got. */
async function pass(request: string, answer = OK, options: Parameters<typeof startAmbassador>[1] = {}) {
  await using upstream = await startRawServer((socket, received) => {
    if (received.endsWith('\r\n\r\n')) socket.write(answer);
  });
  await using ambassador = await startAmbassador(upstream.port, options);
  using client = await connectRaw(ambassador.port, request);
  await expect.poll(() => ambassador.logged.at(-1)).toMatchObject({ msg: 'request' });
  return { seen: upstream.received.join(''), got: client.received };
}

test('answers 508 to a request that comes back, after one round', async () => {
  await using self = await startServer((_request, response) => response.end('ok'));
  await using ambassador = await startAmbassador(self.port);
  using first = await connectRaw(ambassador.port, `${GET}\r\n`);
  await first.until('ok');
  const via = self.requests[0]?.headers.via;
  using again = await connectRaw(ambassador.port, `${GET}Via: 1.0 other, ${via} (comment)\r\n\r\n`);
  expect(await again.until(/\}\n$/)).toMatch(/^HTTP\/1.1 508 .*LOOP_DETECTED/s);
  expect(self.requests).toHaveLength(1);
});

test('does not take another ambassador in the chain for itself', async () => {
  await using upstream = await startServer((_request, response) => response.end('ok'));
  await using inner = await startAmbassador(upstream.port);
  await using outer = await startAmbassador(inner.port);
  expect(await (await fetch(outer.url)).text()).toBe('ok');
  expect(upstream.requests[0]?.headers.via?.match(/1\.1 ambassador-test-/g)).toHaveLength(2);
});

test.each([
  ['OPTIONS', '5', /^OPTIONS \* HTTP\/1.1\r\n[^]*^Max-Forwards: 4\r$/m, /^HTTP\/1.1 200 /],
  ['OPTIONS', '0', /^$/, /^HTTP\/1.1 200 [^]*^Content-Length: 0\r$/m],
  ['OPTIONS', 'x', /^Max-Forwards: x\r$/m, /^HTTP\/1.1 200 /],
  ['TRACE', '0', /^$/, /^HTTP\/1.1 405 /],
  ['TRACE', '5', /^$/, /^HTTP\/1.1 405 /],
])('heeds Max-Forwards: %s with %s', async (method, value, seenPattern, gotPattern) => {
  const target = method === 'OPTIONS' ? '*' : '/';
  const { seen, got } = await pass(`${method} ${target} HTTP/1.1\r\nHost: a\r\nMax-Forwards: ${value}\r\n\r\n`);
  expect(seen).toMatch(seenPattern);
  expect(got).toMatch(gotPattern);
});

test('answers 417 to an expectation that is not known, and never asks the upstream', async () => {
  const { seen, got } = await pass(`${GET}Expect: the-unexpected\r\n\r\n`);
  expect(got).toMatch(/^HTTP\/1.1 417 .*EXPECTATION_FAILED/s);
  expect(seen).toBe('');
});

test('relays one 100 Continue only, and 103 with its headers, but none to HTTP/1.0', async () => {
  const interim =
    'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n' +
    'HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\nConnection: X-A\r\nX-A: 1\r\n\r\n';
  const post = (version: string) =>
    `POST / HTTP/${version}\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n\r\n\r\n`;
  const modern = await pass(post('1.1'), interim + OK);
  expect(modern.got.match(/^HTTP\/1.1 \d+/gm)).toStrictEqual(['HTTP/1.1 100', 'HTTP/1.1 103', 'HTTP/1.1 200']);
  expect(modern.got).toMatch(/^Link: <\/a.css>; rel=preload\r$/m);
  expect(modern.got).not.toMatch(/^X-A/m);
  expect(modern.seen).toMatch(/^Expect: 100-continue\r$/m);
  const old = await pass(post('1.0'), interim + OK);
  expect(old.got.match(/^HTTP\/1.1 \d+/gm)).toStrictEqual(['HTTP/1.1 200']);
  expect(old.seen).not.toMatch(/^Expect/m);
});

test('answers 502 if nothing follows an interim answer', async () => {
  await using upstream = await startRawServer((socket) => socket.end('HTTP/1.1 103 Early Hints\r\n\r\n'));
  await using ambassador = await startAmbassador(upstream.port);
  using client = await connectRaw(ambassador.port, `${GET}\r\n`);
  expect(await client.until(/\}\n$/)).toMatch(/HTTP\/1.1 502 .*UPSTREAM_CLOSED/s);
});

const FORBIDDEN = 'Host: evil\r\nAuthorization: x\r\nX-Forwarded-For: 6.6.6.6\r\nX_A: 1\r\n';

test('passes trailers on in both directions, except those that would be headers', async () => {
  const trailers: NodeJS.Dict<string>[] = [];
  await using upstream = await startServer(async (request, response) => {
    await text(request);
    trailers.push(request.trailers, { host: request.headers.host });
    response.socket?.end(
      `HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 2\r\nContent-Length: 9\r\n${FORBIDDEN}\r\n`,
    );
  });
  await using ambassador = await startAmbassador(upstream.port);
  const head = 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n';
  using client = await connectRaw(ambassador.port, `${head}1\r\na\r\n0\r\nX-Sum: 1\r\n${FORBIDDEN}\r\n`);
  const got = await client.until(/\r\n0\r\n[^]*\r\n\r\n$/);
  expect(got).toMatch(/\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 2\r\n\r\n$/);
  expect(trailers).toStrictEqual([{ 'x-sum': '1' }, { host: 'a' }]);
});

const GIVEN =
  `${GET}X-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: shop\r\nX-Real-IP: 6.6.6.6\r\n` +
  'Forwarded: for=6.6.6.6;proto=https\r\n\r\n';

test('continues what a trusted proxy says about where a request comes from', async () => {
  const { seen } = await pass(GIVEN, OK, { trustedProxies: ['127.0.0.0/8'] });
  expect(seen).toMatch(/^X-Forwarded-For: 6\.6\.6\.6, 127\.0\.0\.1\r$/m);
  expect(seen).toMatch(/^X-Forwarded-Proto: https\r$/m);
  expect(seen).toMatch(/^X-Forwarded-Host: shop\r$/m);
  expect(seen).toMatch(/^X-Real-IP: 6\.6\.6\.6\r$/m);
  expect(seen).toMatch(/^Forwarded: for=6\.6\.6\.6;proto=https, for=127\.0\.0\.1;proto=http;host="a"\r$/m);
});

test('says so itself if the proxy before it is not trusted', async () => {
  const { seen } = await pass(GIVEN, OK, { trustedProxies: ['10.0.0.0/8'] });
  expect(seen).not.toMatch(/6\.6\.6\.6|https|shop|^Forwarded/m);
  expect(seen).toMatch(/^X-Forwarded-For: 127\.0\.0\.1\r$/m);
});

test('applies the header rules of the listener, to what it adds itself as well', async () => {
  const { seen, got } = await pass(`${GET}X-A: 1\r\n\r\n`, OK.replace('\r\n\r\n', '\r\nServer: app\r\n\r\n'), {
    rules: {
      requestHeaders: { set: { 'X-A': '2' }, add: { 'X-B': '3' }, remove: ['Traceparent'] },
      responseHeaders: { remove: ['Server'], set: { 'X-C': '4' } },
    },
  });
  expect(seen).toMatch(/^X-A: 2\r\n[^]*^X-B: 3\r$/m);
  expect(seen).not.toMatch(/^Traceparent/m);
  expect(got).toMatch(/^X-C: 4\r$/m);
  expect(got).not.toMatch(/^Server/m);
});

test.each([
  ['HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nstray'],
  ['GET', 'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nstray'],
  ['GET', 'HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
  ['GET', 'HTTP/1.1 304 Not Modified\r\n\r\nstray'],
  ['GET', `${OK}HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison`],
])('does not use a connection again on which more came than the answer to %s: %j', async (method, answer) => {
  await using upstream = await startRawServer((socket, received) => {
    if (received.endsWith('\r\n\r\n')) socket.write(answer);
  });
  await using ambassador = await startAmbassador(upstream.port);
  for (let index = 0; index < 2; index += 1) {
    const response = await fetch(ambassador.url, { method });
    expect(await response.text()).toBe(answer.startsWith(OK) ? 'ok' : '');
    expect(response.headers.get('content-length')).toBe(
      response.status === 204 || response.status === 304 ? null : method === 'HEAD' ? '5' : '2',
    );
  }
  await expect.poll(() => ambassador.metric('ambassador_upstream_connections')).toBe(0);
  expect(upstream.received).toHaveLength(2);
});
