/** The end of a listener: what is under way, and what is just on its way, is answered. */
import type { ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { connectRaw, startAmbassador, startServer } from './test-support.ts';

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

test('answers a request that comes over a kept-alive connection as the drain begins, and closes it then', async () => {
  await using upstream = await startServer((_request, response) => response.end('ok'));
  await using ambassador = await startAmbassador(upstream.port);
  using client = await connectRaw(ambassador.port, GET);
  await client.until('ok');
  const drained = ambassador.drain();
  client.send(GET);
  expect(await client.untilClosed()).toMatch(/ok[^]*^Connection: close\r$[^]*ok/m);
  await drained;
});

test('finishes what is under way, and closes connections that stay idle', async () => {
  const held: ServerResponse[] = [];
  await using upstream = await startServer((request, response) => {
    if (request.url === '/held') held.push(response);
    else response.end('ok');
  });
  await using ambassador = await startAmbassador(upstream.port);
  using idle = await connectRaw(ambassador.port, GET);
  await idle.until('ok');
  using busy = await connectRaw(ambassador.port, GET.replace('/', '/held'));
  await expect.poll(() => held).toHaveLength(1);
  const drained = ambassador.drain();
  await idle.untilClosed();
  expect(busy.isClosed).toBe(false);
  held[0]?.end('done');
  expect(await busy.untilClosed()).toMatch(/^Connection: close\r$[^]*done/m);
  await drained;
});
