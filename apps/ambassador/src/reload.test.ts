/** Changing the configuration in flight: what changes, and what must not. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, test, vi } from 'vitest';
import { AppError } from '@pod-patterns/runtime/errors.ts';
import { createLogger } from '@pod-patterns/runtime/logger.ts';
import { Registry } from 'prom-client';
import type { Config } from './config.ts';
import { createMetrics } from './metrics.ts';
import { createReloader } from './reloader.ts';
import { connectRaw, createConfig, findFreePort, startAmbassador, startServer } from './test-support.ts';

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

test('moves an open connection to a new upstream, while a request under way stays with its own', async () => {
  const held: (() => void)[] = [];
  await using old = await startServer((_request, response) => held.push(() => response.end('from old')));
  await using next = await startServer((_request, response) => response.end('from next'));
  await using ambassador = await startAmbassador(old.port);
  using client = await connectRaw(ambassador.port, GET);
  await expect.poll(() => held.length).toBe(1);

  await ambassador.apply(createConfig(next.port));
  expect(ambassador.ports.get('test')).toBe(ambassador.port);
  using other = await connectRaw(ambassador.port, GET);
  await other.until('from next');
  held[0]?.();
  await client.until('from old');
  client.send(GET);
  await client.until('from next');
  expect(client.isClosed).toBe(false);
  // The old upstream is used no more, so its connection is not kept.
  await expect.poll(() => old.connections[0]?.destroyed).toBe(true);
});

test('keeps the pool of an upstream that stays as it is', async () => {
  await using upstream = await startServer((_request, response) => response.end('ok'));
  await using ambassador = await startAmbassador(upstream.port);
  await (await fetch(ambassador.url)).text();
  await ambassador.apply(createConfig(upstream.port, { timeouts: { responseTimeoutMs: 1_234 } }));
  await (await fetch(ambassador.url)).text();
  expect(upstream.connections).toHaveLength(1);
});

test('applies new timeouts to a port that stays open', async () => {
  await using upstream = await startServer(() => undefined);
  await using ambassador = await startAmbassador(upstream.port);
  using client = await connectRaw(ambassador.port);
  await ambassador.apply(createConfig(upstream.port, { timeouts: { responseTimeoutMs: 50 } }));
  client.send(GET);
  expect(await client.until('UPSTREAM_TIMEOUT')).toMatch(/^HTTP\/1.1 504/);
});

test('opens a listener that is added, and lets one that is removed finish what it has', async () => {
  const held: (() => void)[] = [];
  await using upstream = await startServer((request, response) => {
    if (request.url === '/held') held.push(() => response.end('held'));
    else response.end('ok');
  });
  await using ambassador = await startAmbassador(upstream.port);
  const config = createConfig(upstream.port);
  const added = { name: 'added', host: '127.0.0.1', port: await findFreePort(), upstream: 'app' };
  await ambassador.apply({ ...config, listeners: [...config.listeners, added] });
  using client = await connectRaw(added.port, GET.replace('/', '/held'));
  using idle = await connectRaw(added.port, GET);
  await idle.until('ok');
  await expect.poll(() => held.length).toBe(1);

  await ambassador.apply(config);
  await idle.untilClosed();
  await expect(connectRaw(added.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  held[0]?.();
  expect(await client.untilClosed()).toMatch(/^Connection: close\r$.*held$/ms);
  expect((await fetch(ambassador.url)).status).toBe(200);
});

test('ends a drain as soon as an answer is whole whose head said that the connection would stay', async () => {
  const held: (() => void)[] = [];
  await using upstream = await startServer((_request, response) => {
    response.write('begun ');
    held.push(() => response.end('and whole'));
  });
  await using ambassador = await startAmbassador(upstream.port, { timeouts: { drainTimeoutMs: 20_000 } });
  using client = await connectRaw(ambassador.port, GET);
  expect(await client.until('begun')).toMatch(/^Connection: keep-alive\r$/m);
  const drained = ambassador.drain();
  held[0]?.();
  expect(await client.untilClosed()).toMatch(/and whole\r\n0\r\n\r\n$/);
  await drained;
});

test('changes nothing at all if one of the new ports is in use', async () => {
  const blocker = createServer().listen(0, '127.0.0.1');
  await once(blocker, 'listening');
  const { port: takenPort } = blocker.address() as { port: number };
  await using upstream = await startServer((_request, response) => response.end('old'));
  await using other = await startServer((_request, response) => response.end('new'));
  await using ambassador = await startAmbassador(upstream.port);
  const freePort = await findFreePort();
  const config = createConfig(other.port);
  const listeners = [
    ...config.listeners,
    { name: 'free', host: '127.0.0.1', port: freePort, upstream: 'app' },
    { name: 'taken', host: '127.0.0.1', port: takenPort, upstream: 'app' },
  ];
  await expect(ambassador.apply({ ...config, listeners })).rejects.toMatchObject({
    code: 'LISTEN_FAILED',
    message: expect.stringContaining(`listener "taken" cannot listen on 127.0.0.1:${takenPort}: listen EADDRINUSE`),
  });
  expect(await (await fetch(ambassador.url)).text()).toBe('old');
  await expect(connectRaw(freePort)).rejects.toMatchObject({ code: 'ECONNREFUSED' });

  blocker.close();
  await once(blocker, 'close');
  await ambassador.apply({ ...config, listeners });
  expect(await (await fetch(`http://127.0.0.1:${takenPort}`)).text()).toBe('new');
  expect(await (await fetch(ambassador.url)).text()).toBe('new');
});

test('does not take another ops port while running', async () => {
  await using upstream = await startServer((_request, response) => response.end());
  await using ambassador = await startAmbassador(upstream.port);
  await expect(ambassador.apply({ ...createConfig(upstream.port), ops: { port: 1 } })).rejects.toMatchObject({
    code: 'CONFIG_NEEDS_RESTART',
  });
});

test('loses no request and no connection while it changes its upstream again and again', async () => {
  await using first = await startServer((_request, response) => response.end('ok'));
  await using second = await startServer((_request, response) => response.end('ok'));
  await using ambassador = await startAmbassador(first.port);
  using pinned = await connectRaw(ambassador.port, GET);
  const done = new AbortController();
  const statuses: number[] = [];
  const client = async () => {
    while (!done.signal.aborted) {
      const response = await fetch(ambassador.url, { method: 'POST', body: 'x' });
      await response.text();
      statuses.push(response.status);
    }
  };
  const clients = [client(), client(), client(), client()];
  for (let index = 0; index < 100; index += 1) {
    await ambassador.apply(createConfig(index % 2 === 0 ? second.port : first.port));
    const { length } = statuses;
    await vi.waitFor(() => expect(statuses.length).toBeGreaterThan(length), { interval: 1 });
  }
  done.abort();
  await Promise.all(clients);
  expect(statuses.filter((status) => status !== 200)).toStrictEqual([]);
  expect(second.requests.length).toBeGreaterThan(0);
  expect(pinned.isClosed).toBe(false);
});

function startReloader(apply: (config: Config) => Promise<void>) {
  const registry = new Registry();
  const metrics = createMetrics(registry, () => []);
  const log = createLogger({ service: 'ambassador', destination: { write: () => undefined } });
  const reloader = createReloader({ log, metrics, apply, initialText: 'first', clock: () => new Date() });
  const count = async (result: string) =>
    (await metrics.reloads.get()).values.find(({ labels }) => labels.result === result)?.value ?? 0;
  return { reloader, count, isSuccessful: async () => (await metrics.lastReloadSuccessful.get()).values[0]?.value };
}

test('applies changes in their order, one after the other', async () => {
  const applied: number[] = [];
  const { reloader } = startReloader(async ({ upstreams }) => {
    await new Promise(setImmediate);
    applied.push(upstreams['app']?.port ?? 0);
  });
  await Promise.all([1, 2, 3].map((port) => reloader.load(createConfig(port), `text ${port}`)));
  expect(applied).toStrictEqual([1, 2, 3]);
});

test('says that a change was refused until a later one is in use, be it the old text again', async () => {
  const { reloader, count, isSuccessful } = startReloader(async () => undefined);
  expect(reloader.describe()).toBe('ok');
  await reloader.reject(new AppError('CONFIG_INVALID', 'a.yaml is not valid:\nx is wrong', 'Correct it.'));
  expect(reloader.describe()).toContain('a.yaml is not valid:\nx is wrong');
  expect([await isSuccessful(), await count('failure')]).toStrictEqual([0, 1]);
  await reloader.load(createConfig(1), 'first');
  expect(reloader.describe()).toBe('ok');
  expect([await isSuccessful(), await count('success')]).toStrictEqual([1, 1]);
});

test('a refusal that comes while an earlier change is still being made is not forgotten when that is done', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { reloader, isSuccessful } = startReloader(() => promise);
  const loaded = reloader.load(createConfig(1), 'second');
  const rejected = reloader.reject(new AppError('CONFIG_INVALID', 'the third is bad', 'Correct it.'));
  resolve();
  await Promise.all([loaded, rejected]);
  expect(reloader.describe()).toContain('the third is bad');
  expect(reloader.state).toMatchObject({ text: 'second', rejected: { error: { code: 'CONFIG_INVALID' } } });
  expect(await isSuccessful()).toBe(0);
});

test('does not count the same text twice', async () => {
  const { reloader, count } = startReloader(async () => undefined);
  await reloader.load(createConfig(1), 'second');
  await reloader.load(createConfig(1), 'second');
  expect(await count('success')).toBe(1);
});
