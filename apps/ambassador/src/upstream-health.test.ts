/** Against real servers: what a check sees decides, and what requests meet decides. */
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { createLogger } from '@pod-patterns/runtime/logger.ts';
import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { configSchema } from './config.ts';
import { createMetrics } from './metrics.ts';
import { findFreePort, startServer } from './test-support.ts';
import { createUpstreamHealth } from './upstream-health.ts';

function watch(port: number, rules: Record<string, unknown>, now = () => performance.now()) {
  const { upstreams } = configSchema.parse({
    listeners: [{ port: 0, upstream: 'app' }],
    upstreams: { app: { port, ...rules } },
  });
  const config = upstreams['app'];
  if (config === undefined) throw new Error('no upstream');
  const logged: string[] = [];
  const write = (line: string) => void logged.push((JSON.parse(line) as { msg: string }).msg);
  const registry = new Registry();
  const metrics = createMetrics(registry, () => []);
  const log = createLogger({ service: 'test', destination: { write } });
  const health = createUpstreamHealth({ name: 'app', config, log, metrics, now });
  if (health === undefined) throw new Error('nothing watches');
  const count = async (name: string, labels = '') =>
    Number(
      (await registry.metrics())
        .split('\n')
        .find((line) => line.startsWith(`${name}{upstream="app"${labels}} `))
        ?.split(' ')
        .at(-1) ?? 0,
    );
  return {
    health,
    logged,
    checks: (result: string) => count('ambassador_upstream_health_checks_total', `,result="${result}"`),
    ejections: () => count('ambassador_upstream_ejections_total'),
    [Symbol.dispose]: () => health.stop(),
  };
}

const FAST = { path: '/health', intervalMs: 100, timeoutMs: 50 };

test('is down after as many bad checks as it may have, and up after as many good ones as it needs', async () => {
  let status = 200;
  await using server = await startServer((_request, response) => response.writeHead(status).end('a body'));
  using watched = watch(server.port, { healthCheck: { ...FAST, rise: 3, fall: 2 } });
  const { health, checks } = watched;
  await expect.poll(() => checks('success')).toBe(1);
  expect(health.unavailable).toBeUndefined();

  status = 500;
  await expect.poll(() => checks('failure')).toBe(1);
  expect(health.unavailable).toBeUndefined();
  await expect.poll(() => health.unavailable).toBe('UPSTREAM_UNHEALTHY');
  expect([health.state, await checks('failure')]).toStrictEqual(['unhealthy', 2]);
  expect(watched.logged).toStrictEqual(['upstream "app" is unhealthy: GET /health was answered with 500']);

  status = 302;
  const before = await checks('success');
  await expect.poll(() => health.unavailable).toBeUndefined();
  expect(await checks('success')).toBe(before + 3);
  expect(watched.logged[1]).toBe('upstream "app" is healthy again');
  expect(server.requests[0]).toMatchObject({
    url: '/health',
    method: 'GET',
    headers: { host: `127.0.0.1:${server.port}`, 'user-agent': 'ambassador-health-check' },
  });
});

test('a single good check among bad ones begins the count anew', async () => {
  let count = 0;
  await using server = await startServer((_request, response) => {
    count += 1;
    response.writeHead(count % 3 === 0 ? 200 : 503).end();
  });
  using watched = watch(server.port, { healthCheck: { ...FAST, fall: 3 } });
  await expect.poll(() => watched.checks('success')).toBe(3);
  expect(watched.health.state).toBe('ok');
});

test.each([
  [
    'nobody listens',
    async () => ({ port: await findFreePort(), [Symbol.asyncDispose]: async () => undefined }),
    'ECONNREFUSED',
  ],
  ['no answer comes', () => startServer(() => undefined), 'no answer within 50 ms'],
  ['the connection is closed', () => startServer((request) => request.socket.destroy()), 'socket hang up'],
  ['another protocol answers', () => startGarbage('SSH-2.0-x\r\n\r\n'), 'Parse Error'],
  [
    'a protocol is switched unasked',
    () => startGarbage('HTTP/1.1 101 a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'),
    '',
  ],
])('a check fails if %s', async (_what, startIt, reason) => {
  await using server = await startIt();
  using watched = watch(server.port, { healthCheck: { ...FAST, fall: 1 } });
  await expect.poll(() => watched.health.unavailable).toBe('UPSTREAM_UNHEALTHY');
  expect(watched.logged[0]).toContain(reason);
});

test('a body that never ends is cut off, and the check is good', async () => {
  await using server = await startServer((_request, response) => response.write('begun'));
  using watched = watch(server.port, { healthCheck: { ...FAST, fall: 1 } });
  await expect.poll(() => watched.checks('success')).toBeGreaterThanOrEqual(2);
  expect(watched.health.state).toBe('ok');
  await expect.poll(() => server.connections[0]?.destroyed).toBe(true);
});

test('checks never overlap, and none comes after the end', async () => {
  let open = 0;
  let most = 0;
  await using server = await startServer((request) => {
    most = Math.max(most, (open += 1));
    request.socket.on('close', () => (open -= 1));
  });
  const watched = watch(server.port, { healthCheck: { path: '/', intervalMs: 100, timeoutMs: 100, fall: 1 } });
  await expect.poll(() => server.requests.length).toBeGreaterThanOrEqual(4);
  expect(most).toBe(1);
  const { length } = server.requests;
  await expect.poll(() => server.requests.length).toBeGreaterThan(length);
  watched.health.stop();
  await expect.poll(() => open).toBe(0);
  const after = server.requests.length;
  // Another watcher of the same server marks the time: it sees three intervals go by.
  using other = watch(server.port, { healthCheck: { ...FAST, path: '/other' } });
  await expect.poll(() => other.checks('failure')).toBeGreaterThanOrEqual(3);
  expect(server.requests.slice(after).filter(({ url }) => url === '/')).toStrictEqual([]);
});

function ejectable() {
  let nowMs = 0;
  const watched = watch(1, { ejection: { consecutiveFailures: 3, durationMs: 1_000 } }, () => nowMs);
  return { ...watched, wait: (ms: number) => void (nowMs += ms) };
}

function fail(health: { failed(): void }, times: number): void {
  for (let index = 0; index < times; index += 1) health.failed();
}

test('is ejected after failures in a row, and not after the same number with a success among them', async () => {
  const { health, ejections, logged } = ejectable();
  fail(health, 2);
  health.succeeded();
  fail(health, 2);
  expect([health.unavailable, health.state]).toStrictEqual([undefined, 'ok']);
  health.failed();
  expect([health.unavailable, health.state, await ejections()]).toStrictEqual(['UPSTREAM_EJECTED', 'ejected', 1]);
  expect(logged).toStrictEqual(['upstream "app" gets no requests for now: 3 in a row failed']);
});

test('when its time is over one request is tried, and its success lets all others in', async () => {
  const { health, wait } = ejectable();
  fail(health, 3);
  wait(999);
  expect(health.unavailable).toBe('UPSTREAM_EJECTED');
  wait(1);
  expect([health.state, health.unavailable, health.unavailable]).toStrictEqual([
    'ejected',
    undefined,
    'UPSTREAM_EJECTED',
  ]);
  health.succeeded();
  expect([health.unavailable, health.unavailable, health.state]).toStrictEqual([undefined, undefined, 'ok']);
  fail(health, 2);
  expect(health.unavailable).toBeUndefined();
});

test('if the one that is tried fails, it is ejected for as long again', async () => {
  const { health, wait, ejections } = ejectable();
  fail(health, 3);
  wait(1_000);
  expect(health.unavailable).toBeUndefined();
  health.failed();
  expect([health.unavailable, await ejections()]).toStrictEqual(['UPSTREAM_EJECTED', 2]);
  wait(1_000);
  expect(health.unavailable).toBeUndefined();
});

test('if nothing is heard of the one that is tried, another one is tried later', () => {
  const { health, wait } = ejectable();
  fail(health, 3);
  wait(1_000);
  expect(health.unavailable).toBeUndefined();
  wait(1_000);
  expect([health.unavailable, health.unavailable]).toStrictEqual([undefined, 'UPSTREAM_EJECTED']);
});

test('requests from before the ejection neither end it nor make it longer', async () => {
  const { health, wait, ejections } = ejectable();
  fail(health, 3);
  health.succeeded();
  fail(health, 5);
  expect([health.unavailable, await ejections()]).toStrictEqual(['UPSTREAM_EJECTED', 1]);
  wait(1_000);
  expect(health.unavailable).toBeUndefined();
});

/** A server that says the same to everybody, HTTP or not. */
async function startGarbage(text: string) {
  const server = createTcpServer((socket) => {
    socket.on('error', () => undefined);
    socket.end(text);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => void server.close(),
  };
}
