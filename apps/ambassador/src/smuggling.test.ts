/** Requests that two programs could read differently: refused, or passed on in a form that has one reading. */
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { connectRaw, startAmbassador, startRawServer, startServer } from './test-support.ts';

const SMUGGLED = 'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n';
const CHUNKED_SMUGGLED = `${SMUGGLED.length.toString(16)}\r\n${SMUGGLED}\r\n0\r\n\r\n`;

test.each(['GET', 'DELETE', 'OPTIONS', 'POST'])('keeps the chunks of a %s around its body', async (method) => {
  const bodies: string[] = [];
  await using upstream = await startServer(async (request, response) => {
    bodies.push(await text(request));
    response.end(`answer ${bodies.length}`);
  });
  await using ambassador = await startAmbassador(upstream.port);
  using client = await connectRaw(ambassador.port);
  client.send(`${method} / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${CHUNKED_SMUGGLED}`);
  await client.until('answer 1');
  client.send('GET /next HTTP/1.1\r\nHost: a\r\n\r\n');
  await client.until('answer 2');
  expect(upstream.requests.map(({ url }) => url)).toStrictEqual(['/', '/next']);
  expect(bodies).toStrictEqual([SMUGGLED, '']);
  expect(upstream.requests[0]?.headers).toMatchObject({ 'transfer-encoding': 'chunked' });
  expect(upstream.requests[0]?.headers).not.toHaveProperty('content-length');
});

test.each(['keep-alive', 'upgrade', 'transfer-encoding, upgrade', 'transfer-encoding', 'content-length'])(
  'keeps the framing of a DELETE with Connection: %s',
  async (connection) => {
    const bodies: string[] = [];
    await using upstream = await startServer(async (request, response) => {
      bodies.push(await text(request));
      response.end('answer');
    });
    await using ambassador = await startAmbassador(upstream.port);
    for (const [framing, body] of [
      ['Transfer-Encoding: chunked', CHUNKED_SMUGGLED],
      [`Content-Length: ${SMUGGLED.length}`, SMUGGLED],
    ]) {
      using client = await connectRaw(ambassador.port);
      client.send(
        `DELETE / HTTP/1.1\r\nHost: a\r\nConnection: ${connection}\r\nUpgrade: websocket\r\n${framing}\r\n\r\n${body}`,
      );
      await client.until('answer');
    }
    expect(upstream.requests.map(({ url, method }) => `${method} ${url}`)).toStrictEqual(['DELETE /', 'DELETE /']);
    expect(bodies).toStrictEqual([SMUGGLED, SMUGGLED]);
  },
);

const HEAD = 'POST / HTTP/1.1\r\nHost: a\r\n';
const EMPTY = '0\r\n\r\n';

test.each([
  ['a length and chunks', `${HEAD}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n${EMPTY}`, 400],
  ['chunks and a length', `${HEAD}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n${EMPTY}`, 400],
  ['chunks in HTTP/1.0', `POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${EMPTY}`, 400],
  ['gzip and chunked', `${HEAD}Transfer-Encoding: gzip, chunked\r\n\r\n${EMPTY}`, 501],
  ['chunked twice', `${HEAD}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n${EMPTY}`, 400],
  ['chunked, then gzip', `${HEAD}Transfer-Encoding: chunked, gzip\r\n\r\n${EMPTY}`, 400],
  ['an encoding like chunked', `${HEAD}Transfer-Encoding: xchunked\r\n\r\n${EMPTY}`, 501],
  ['a vertical tab before chunked', `${HEAD}Transfer-Encoding: \vchunked\r\n\r\n${EMPTY}`, 400],
  ['an empty encoding', `${HEAD}Transfer-Encoding:\r\n\r\n${EMPTY}`, 400],
  ['two lengths', `${HEAD}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!`, 400],
  ['a list of lengths', `${HEAD}Content-Length: 5, 5\r\n\r\nhello`, 400],
  ['a signed length', `${HEAD}Content-Length: +5\r\n\r\nhello`, 400],
  ['a hexadecimal length', `${HEAD}Content-Length: 0x5\r\n\r\nhello`, 400],
  ['a length of 2^64', `${HEAD}Content-Length: 18446744073709551616\r\n\r\nhello`, 400],
  ['a hexadecimal chunk size', `${HEAD}Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n${EMPTY}`, 400],
  ['no line end after a chunk', `${HEAD}Transfer-Encoding: chunked\r\n\r\n5\r\nhelloXX${EMPTY}`, 400],
  ['a bare line feed', 'GET / HTTP/1.1\nHost: a\n\n', 400],
  ['a folded header', 'GET / HTTP/1.1\r\nHost: a\r\nX-A: 1\r\n 2\r\n\r\n', 400],
  ['a space before the colon', 'GET / HTTP/1.1\r\nHost: a\r\nX-A : 1\r\n\r\n', 400],
  ['a NUL in a value', 'GET / HTTP/1.1\r\nHost: a\r\nX-A: 1\0\r\n\r\n', 400],
  ['no Host', 'GET / HTTP/1.1\r\n\r\n', 400],
  ['two Hosts', 'GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n', 400],
  ['an empty Host', 'GET / HTTP/1.1\r\nHost:\r\n\r\n', 400],
  ['a Host with a user', 'GET / HTTP/1.1\r\nHost: u@a\r\n\r\n', 400],
  ['a Host with a path', 'GET / HTTP/1.1\r\nHost: a/b\r\n\r\n', 400],
  ['a list of Hosts', 'GET / HTTP/1.1\r\nHost: a, b\r\n\r\n', 400],
  ['a fragment', 'GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n', 400],
  ['another scheme', 'GET https://a/ HTTP/1.1\r\nHost: a\r\n\r\n', 400],
  ['CONNECT', 'CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n', 405],
  ['TRACE', 'TRACE / HTTP/1.1\r\nHost: a\r\n\r\n', 405],
  ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
  ['a version that is not spoken', 'GET / HTTP/2.0\r\nHost: a\r\n\r\n', 505],
  ['a version that never had a number', 'GET / HTTP/0.9\r\nHost: a\r\n\r\n', 505],
  ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400],
  ['a large head', `GET / HTTP/1.1\r\nHost: a\r\nX-A: ${'a'.repeat(17_000)}\r\n\r\n`, 431],
  ['many headers', `GET / HTTP/1.1\r\nHost: a\r\n${'X-A: 1\r\n'.repeat(100)}\r\n`, 431],
])('refuses %s, and closes the connection', async (_case, bytes, status) => {
  await using upstream = await startServer((_request, response) => response.end());
  await using ambassador = await startAmbassador(upstream.port);
  using client = await connectRaw(ambassador.port, bytes + SMUGGLED);
  const received = await client.untilClosed();
  expect(received).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(received).toMatch(/^Connection: close\r$/m);
  // One answer only: what follows is not read as a request.
  expect(received.match(/^HTTP\/1.1 /gm)).toHaveLength(1);
  expect(upstream.requests.filter(({ url }) => url === '/smuggled')).toStrictEqual([]);
  await expect
    .poll(() => ambassador.logged.filter(({ msg }) => msg === 'request'))
    .toMatchObject([{ level: 'warn', http_status: status }]);
  expect(await ambassador.metric('ambassador_requests_total', { code_class: `${status}`.replace(/..$/, 'xx') })).toBe(
    1,
  );
});

test('aborts the request at the upstream when its body turns out bad on the way', async () => {
  await using upstream = await startServer((request) => request.resume());
  await using ambassador = await startAmbassador(upstream.port);
  using client = await connectRaw(ambassador.port, `${HEAD}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n`);
  await expect.poll(() => upstream.requests).toHaveLength(1);
  const aborted = once(upstream.requests[0] as NodeJS.EventEmitter, 'aborted');
  client.send('nonsense\r\n');
  expect(await client.untilClosed()).toMatch(/^HTTP\/1.1 400 /);
  await aborted;
});

test('takes the host of an absolute target, whatever Host says', async () => {
  await using upstream = await startServer((_request, response) => response.end('ok'));
  await using ambassador = await startAmbassador(upstream.port);
  using client = await connectRaw(ambassador.port, 'GET http://shop.example:81?a=1 HTTP/1.1\r\nHost: other\r\n\r\n');
  await client.until('ok');
  expect(upstream.requests[0]).toMatchObject({
    url: '/?a=1',
    headers: { host: 'shop.example:81', 'x-forwarded-host': 'shop.example:81' },
  });
});

test('says a length of 0 for a POST without a body, and none for a GET', async () => {
  await using upstream = await startRawServer((socket, received) => {
    if (received.endsWith('\r\n\r\n')) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
  });
  await using ambassador = await startAmbassador(upstream.port);
  for (const method of ['POST', 'GET']) {
    using client = await connectRaw(ambassador.port, `${method} / HTTP/1.1\r\nHost: a\r\n\r\n`);
    await client.until('ok');
  }
  const [post = '', get = ''] = upstream.received.join('').split(/(?=GET)/);
  expect(post).toMatch(/^Content-Length: 0\r$/m);
  expect(post + get).not.toMatch(/transfer-encoding/i);
  expect(get).not.toMatch(/content-length/i);
});

test('leaves it to the upstream whether a client that waits for 100 Continue may go on', async () => {
  await using upstream = await startServer((_request, response) => response.end());
  upstream.server.on('checkContinue', (request, response) => {
    if (request.url === '/no') return response.writeHead(401).end('no');
    response.writeContinue();
    return void text(request).then((body) => response.end(`got ${body}`));
  });
  await using ambassador = await startAmbassador(upstream.port);
  const head = 'HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n';
  using accepted = await connectRaw(ambassador.port, `PUT /yes ${head}`);
  await accepted.until(/^HTTP\/1.1 100 Continue\r\n\r\n$/);
  accepted.send('body');
  expect(await accepted.until('got body')).toMatch(/^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200/);
  using refused = await connectRaw(ambassador.port, `PUT /no ${head}`);
  expect(await refused.until('\r\nno\r\n')).toMatch(/^HTTP\/1.1 401/);
});

test('refuses a request that turns out bad while it waits behind another, in its place', async () => {
  await using upstream = await startServer((_request, response) => response.end('ok'));
  await using ambassador = await startAmbassador(upstream.port);
  const chunked = 'POST /b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n';
  const bytes = `GET /a HTTP/1.1\r\nHost: a\r\n\r\n${chunked}0\r\nContent-Length: 5\r\n\r\n${SMUGGLED}`;
  using client = await connectRaw(ambassador.port, bytes);
  expect((await client.untilClosed()).match(/^.*HTTP\/1.1 \d+/gm)).toEqual(['HTTP/1.1 200', 'okHTTP/1.1 400']);
  expect(upstream.requests.map(({ url }) => url)).toEqual(['/a']);
});
