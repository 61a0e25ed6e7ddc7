/** Plain HTTP through the ambassador: bodies both ways, errors of the upstream, timeouts, retries, what is recorded. */
import { request as httpRequest } from 'node:http';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { connectRaw, startAmbassador, startServer } from './test-support.ts';

test('passes a request on and its answer back', async () => {
  await using upstream = await startServer((_request, response) => {
    response
      .writeHead(201, 'Made', ['X-Two', 'a', 'X-Two', 'b', 'Set-Cookie', 'a=1', 'Set-Cookie', 'b=2'])
      .end('hello');
  });
  await using ambassador = await startAmbassador(upstream.port);
  const response = await fetch(`${ambassador.url}/a//b/../c%2f?q=1&q=%zz`, { method: 'PUT', body: 'content' });
  expect([response.status, response.statusText, await response.text()]).toStrictEqual([201, 'Made', 'hello']);
  expect(response.headers.get('x-two')).toBe('a, b');
  expect(response.headers.getSetCookie()).toStrictEqual(['a=1', 'b=2']);
  expect(upstream.requests[0]?.method).toBe('PUT');
});

test('leaves the path byte for byte as it is', async () => {
  await using upstream = await startServer((_request, response) => response.end());
  await using ambassador = await startAmbassador(upstream.port);
  const path = '//evil.example/a/../b;/..;/%00%2e?x=http://h/&y=%zz\\';
  using client = await connectRaw(ambassador.port, `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
  await client.until('HTTP/1.1 200');
  expect(upstream.requests[0]?.url).toBe(path);
});

test('uses a connection to the upstream again', async () => {
  await using upstream = await startServer((_request, response) => response.end('ok'));
  await using ambassador = await startAmbassador(upstream.port);
  for (let index = 0; index < 5; index += 1) await (await fetch(ambassador.url)).text();
  expect(upstream.requests).toHaveLength(5);
  expect(upstream.connections).toHaveLength(1);
  expect(await ambassador.metric('ambassador_upstream_connections', { state: 'idle' })).toBe(1);
});

test('has no more connections than the pool allows, and lets the rest wait', async () => {
  const held: (() => void)[] = [];
  await using upstream = await startServer((_request, response) => held.push(() => response.end('ok')));
  await using ambassador = await startAmbassador(upstream.port, { upstream: { poolSize: 2 } });
  const answers = Array.from({ length: 5 }, async () => (await fetch(ambassador.url)).status);
  await expect.poll(() => ambassador.metric('ambassador_upstream_waiting_requests')).toBe(3);
  expect(upstream.connections).toHaveLength(2);
  await expect
    .poll(() => {
      held.shift()?.();
      return upstream.requests.length === 5 && held.length === 0;
    })
    .toBe(true);
  expect(await Promise.all(answers)).toStrictEqual([200, 200, 200, 200, 200]);
  expect(upstream.connections).toHaveLength(2);
});

test('streams a body up: the upstream sees the beginning before the client has sent the end', async () => {
  let seen = '';
  await using upstream = await startServer((request, response) => {
    request.on('data', (chunk) => (seen += String(chunk)));
    request.on('end', () => response.end(seen));
  });
  await using ambassador = await startAmbassador(upstream.port);
  const request = httpRequest(ambassador.url, { method: 'POST' });
  request.write('first ');
  await expect.poll(() => seen).toBe('first ');
  request.end('second');
  const [response] = (await once(request, 'response')) as [NodeJS.ReadableStream];
  expect(await text(response)).toBe('first second');
});

test('streams a body down: the client sees the head, and each part, as the upstream sends them', async () => {
  const steps: (() => void)[] = [];
  await using upstream = await startServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
    steps.push(
      () => response.write('data: 1\n\n'),
      () => response.end('data: 2\n\n'),
    );
  });
  await using ambassador = await startAmbassador(upstream.port);
  const response = await fetch(ambassador.url);
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  steps[0]?.();
  expect(await reader?.read()).toStrictEqual({ done: false, value: 'data: 1\n\n' });
  steps[1]?.();
  expect(await reader?.read()).toStrictEqual({ done: false, value: 'data: 2\n\n' });
  expect((await reader?.read())?.done).toBe(true);
});

test('does not read more of a large answer than a slow client takes', async () => {
  let written = 0;
  await using upstream = await startServer((_request, response) => {
    const chunk = Buffer.alloc(65_536);
    const write = () => {
      do written += chunk.length;
      while (written < 64 * 1_048_576 && response.write(chunk));
    };
    response.on('drain', write);
    write();
  });
  await using ambassador = await startAmbassador(upstream.port);
  using client = await connectRaw(ambassador.port);
  client.socket.pause();
  client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  // Whatever the buffers of both connections hold; it must come to rest far below the whole.
  let before = -1;
  await expect.poll(() => before === (before = written) && written > 0, { interval: 300, timeout: 10_000 }).toBe(true);
  expect(written).toBeLessThan(32 * 1_048_576);
});

test.each(['HEAD', 'GET'])('passes on answers without a body (%s)', async (method) => {
  await using upstream = await startServer((request, response) => {
    response.writeHead(request.method === 'HEAD' ? 200 : 304, { 'content-length': '12', etag: '"1"' }).end();
  });
  await using ambassador = await startAmbassador(upstream.port);
  for (let index = 0; index < 2; index += 1) {
    const response = await fetch(ambassador.url, { method });
    expect(response.headers.get('etag')).toBe('"1"');
    expect(await response.text()).toBe('');
  }
});

test('lets a pipelined request wait until the one before it was answered', async () => {
  const held: (() => void)[] = [];
  await using upstream = await startServer((request, response) => held.push(() => response.end(request.url)));
  await using ambassador = await startAmbassador(upstream.port);
  const post = 'POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx';
  using client = await connectRaw(ambassador.port, `${post}GET /2 HTTP/1.1\r\nHost: a\r\n\r\n`);
  await expect.poll(() => upstream.requests).toHaveLength(1);
  // By the time that a later request of another client is there, the second would be too.
  const other = fetch(`${ambassador.url}/other`);
  await expect.poll(() => upstream.requests.map(({ url }) => url)).toStrictEqual(['/1', '/other']);
  held[0]?.();
  await client.until('/1');
  await expect.poll(() => upstream.requests).toHaveLength(3);
  for (const answer of held.slice(1)) answer();
  await client.until(/\/1[^]*\/2/);
  expect(await (await other).text()).toBe('/other');
});
