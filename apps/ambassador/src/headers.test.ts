/** Which headers arrive on the other side, seen on the wire. */
import { expect, test } from 'vitest';
import { bodyOf, connectRaw, startAmbassador, startRawServer } from './test-support.ts';

/** The head of the request that the upstream saw, and the answer that the client saw. */
async function exchange(requestHeaders: string[], responseHeaders: string[] = [], version = '1.1') {
  await using upstream = await startRawServer((socket, received) => {
    if (!received.includes('\r\n\r\n')) return;
    socket.write(['HTTP/1.1 200 OK', 'Content-Length: 4', ...responseHeaders, '', 'done'].join('\r\n'));
  });
  await using ambassador = await startAmbassador(upstream.port);
  using client = await connectRaw(ambassador.port, [`GET / HTTP/${version}`, ...requestHeaders, '', ''].join('\r\n'));
  const answer = await client.until(/done$/);
  await expect.poll(() => ambassador.logged.at(-1)).toMatchObject({ msg: 'request' });
  return {
    seen: parse(upstream.received[0] ?? ''),
    answer: parse(answer),
    body: bodyOf(answer),
    line: ambassador.logged.at(-1),
  };
}

function parse(message: string): Map<string, string> {
  const lines = (message.split('\r\n\r\n')[0] ?? '').split('\r\n').slice(1);
  const headers = new Map<string, string>();
  for (const line of lines) {
    const [name = '', value = ''] = line.split(/: ?(.*)/s);
    headers.set(
      name.toLowerCase(),
      headers.has(name.toLowerCase()) ? `${headers.get(name.toLowerCase())}|${value}` : value,
    );
  }
  return headers;
}

test('passes on what belongs to the request, with its duplicates', async () => {
  const { seen } = await exchange([
    'Host: shop',
    'Cookie: a=1',
    'Cookie: b=2',
    'Accept: */*',
    'Authorization: Basic x',
  ]);
  expect(seen.get('host')).toBe('shop');
  expect(seen.get('cookie')).toBe('a=1|b=2');
  expect(seen.get('authorization')).toBe('Basic x');
});

test('keeps for itself what belongs to one connection, or is named by Connection', async () => {
  const { seen } = await exchange([
    'Host: a',
    'Connection: close, X-A, x-b',
    'X-A: 1',
    'X-B: 1',
    'Keep-Alive: timeout=5',
    'Proxy-Connection: keep-alive',
    'TE: trailers',
    'Trailer: X-C',
    'Upgrade: h2c',
    'HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA',
    'Proxy-Authorization: Basic x',
    'X-Kept: 1',
  ]);
  const own = [
    'x-a',
    'x-b',
    'keep-alive',
    'proxy-connection',
    'te',
    'trailer',
    'upgrade',
    'http2-settings',
    'proxy-authorization',
  ];
  expect(own.filter((name) => seen.has(name))).toStrictEqual([]);
  expect(seen.has('connection')).toBe(false);
  expect(seen.get('x-kept')).toBe('1');
});

test('cannot be made to leave out its own headers', async () => {
  const own = [
    'X-Forwarded-For',
    'X-Forwarded-Host',
    'X-Forwarded-Proto',
    'Via',
    'X-Request-Id',
    'Traceparent',
    'Host',
  ];
  const { seen } = await exchange(['Host: a', `Connection: ${own.join(', ')}`]);
  expect(own.filter((name) => !seen.has(name.toLowerCase()))).toStrictEqual([]);
});

test('does not believe what a client says about where it comes from, in any spelling', async () => {
  const { seen } = await exchange([
    'Host: shop:80',
    'X-Forwarded-For: 6.6.6.6',
    'x-forwarded-for: 7.7.7.7',
    'X_Forwarded_For: 8.8.8.8',
    'X-Forwarded-Host: evil',
    'X-Forwarded-Proto: https',
    'X-Forwarded-Port: 443',
    'X-Forwarded-Prefix: /evil',
    'X-Real-IP: 6.6.6.6',
    'Forwarded: for=6.6.6.6',
    'Content_Length: 5',
    'Transfer_Encoding: chunked',
  ]);
  expect(seen.get('x-forwarded-for')).toBe('127.0.0.1');
  expect(seen.get('x-forwarded-host')).toBe('shop:80');
  expect(seen.get('x-forwarded-proto')).toBe('http');
  const suspects = [
    'x_forwarded_for',
    'x-forwarded-port',
    'x-forwarded-prefix',
    'x-real-ip',
    'forwarded',
    'content_length',
    'transfer_encoding',
  ];
  expect(suspects.filter((name) => seen.has(name))).toStrictEqual([]);
});

test('adds itself to Via in both directions', async () => {
  const { seen, answer } = await exchange(['Host: a', 'Via: 1.0 first'], ['Via: 1.1 last']);
  expect(seen.get('via')).toMatch(/^1\.0 first\|1\.1 ambassador-test-[0-9a-f]{8}$/);
  expect(answer.get('via')).toBe(seen.get('via')?.replace('1.0 first', '1.1 last'));
});

test('keeps for itself what an answer says about one connection', async () => {
  const { answer } = await exchange(
    ['Host: a'],
    [
      'Connection: keep-alive, X-A',
      'X-A: 1',
      'Keep-Alive: timeout=77',
      'Proxy-Authenticate: Basic',
      'Upgrade: h2',
      'X-Kept: 1',
      'Server: app',
    ],
  );
  expect(['x-a', 'proxy-authenticate', 'upgrade'].filter((name) => answer.has(name))).toStrictEqual([]);
  expect(answer.get('keep-alive')).not.toContain('77');
  expect(answer.get('x-kept')).toBe('1');
  expect(answer.get('server')).toBe('app');
});

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test.each([
  ['none', []],
  ['one with a space', ['X-Request-Id: a b']],
  ['one that is too long', [`X-Request-Id: ${'a'.repeat(129)}`]],
  ['one with quotes', ['X-Request-Id: "a"']],
  ['two', ['X-Request-Id: a', 'X-Request-Id: b']],
])('makes a request id if the client sends %s', async (_case, headers) => {
  const { seen, answer, line } = await exchange(['Host: a', ...headers]);
  expect(seen.get('x-request-id')).toMatch(UUID);
  expect(answer.get('x-request-id')).toBe(seen.get('x-request-id'));
  expect(line).toMatchObject({ request_id: seen.get('x-request-id') });
});

test('keeps a sane request id', async () => {
  const { seen, answer } = await exchange(['Host: a', 'X-Request-Id: order/17=a+b:c@d~e.f_g-h']);
  expect([seen, answer].map((headers) => headers.get('x-request-id'))).toStrictEqual(
    Array(2).fill('order/17=a+b:c@d~e.f_g-h'),
  );
});

test('continues a trace with a span of its own', async () => {
  const { seen, line } = await exchange([
    'Host: a',
    'Traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00',
    'Tracestate: a=1',
  ]);
  expect(seen.get('traceparent')).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-(?!b7ad6b7169203331)[0-9a-f]{16}-00$/);
  expect(seen.get('tracestate')).toBe('a=1');
  const [, traceId, spanId] = seen.get('traceparent')?.split('-') ?? [];
  expect(line).toMatchObject({ trace_id: traceId, span_id: spanId });
});

test.each(['nonsense', '00-00000000000000000000000000000000-b7ad6b7169203331-00'])(
  'begins a trace if there is none to continue: %s',
  async (parent) => {
    const { seen } = await exchange(['Host: a', `Traceparent: ${parent}`, 'Tracestate: a=1']);
    expect(seen.get('traceparent')).toMatch(/^00-(?!0{32})[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    expect(seen.has('tracestate')).toBe(false);
  },
);

test('gives an HTTP/1.0 request without Host the name of the upstream', async () => {
  const { seen, answer, body } = await exchange([], [], '1.0');
  expect(seen.get('host')).toMatch(/^127\.0\.0\.1:\d+$/);
  expect(answer.get('connection')).toBe('close');
  expect(body).toBe('done');
});

test('logs a line a request, without the query', async () => {
  const { line } = await exchange(['Host: a', 'X-Request-Id: id-1']);
  expect(line).toStrictEqual({
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    level: 'info',
    service: 'ambassador',
    msg: 'request',
    request_id: 'id-1',
    trace_id: expect.stringMatching(/^[0-9a-f]{32}$/),
    span_id: expect.stringMatching(/^[0-9a-f]{16}$/),
    http_method: 'GET',
    url_path: '/',
    http_status: 200,
    duration_ms: expect.any(Number),
    queue_ms: 0,
    connect_ms: expect.any(Number),
    first_byte_ms: expect.any(Number),
    listener: 'test',
    upstream: 'app',
    client_address: '127.0.0.1',
    bytes_in: 0,
    bytes_out: 4,
  });
});
