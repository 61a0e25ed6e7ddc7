/** The program itself, as a process: a change of its file is used, whichever way it comes, and nothing is lost. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { configText, mountConfig, read, replaceConfig, startProcess, startWith, writeConfig } from './test-process.ts';
import { connectRaw, findFreePort, startServer } from './test-support.ts';

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

test('follows the file: a good one is used, a bad one is not, and the connections stay', async () => {
  await using first = await startServer((_request, response) => response.end('first'));
  await using second = await startServer((_request, response) => response.end('second'));
  await using setup = await startProcess(first.port);
  const { app, url, ops, port, mount } = setup;
  using pinned = await connectRaw(port, GET);
  await pinned.until('first');

  await mount.update(configText(port, second.port));
  await app.line(/^configuration changed$/);
  expect(await read(url)).toStrictEqual([200, 'second']);
  pinned.send(GET);
  await pinned.until('second');

  await mount.update(`${configText(port, first.port)}\nlisteers: []`);
  expect(await app.line(/^configuration not changed/)).toMatchObject({
    level: 'error',
    code: 'CONFIG_INVALID',
    msg: expect.stringContaining('listeers'),
  });
  expect(await read(url)).toStrictEqual([200, 'second']);
  const [status, verbose] = await read(`${ops}/readyz?verbose`);
  expect(status).toBe(200);
  expect(verbose).toMatch(/^\+ config: ok$/m);
  expect(verbose).toMatch(/^! last reload: the last change was refused .*listeers/m);
  const view = async () =>
    JSON.parse((await read(`${ops}/config`))[1]) as Record<string, Record<string, unknown> | null>;
  expect(await view()).toMatchObject({
    rejected: { code: 'CONFIG_INVALID', message: expect.stringContaining('listeers') },
    config: { upstreams: { app: { port: second.port } } },
  });
  const [, metrics] = await read(`${ops}/metrics`);
  expect(metrics).toContain('ambassador_config_last_reload_successful 0');
  expect(metrics).toContain('ambassador_config_reloads_total{result="failure"} 1');
  expect(metrics).toContain('ambassador_config_reloads_total{result="success"} 1');

  await mount.update(configText(port, first.port));
  await expect.poll(() => read(url), { timeout: 10_000 }).toStrictEqual([200, 'first']);
  expect((await read(`${ops}/metrics`))[1]).toContain('ambassador_config_last_reload_successful 1');
  expect((await read(`${ops}/readyz?verbose`))[1]).toContain('+ last reload: ok\n');
  expect(await view()).toMatchObject({ rejected: null, config: { upstreams: { app: { port: first.port } } } });
  expect(pinned.isClosed).toBe(false);
  expect(app.stderr()).toBe('');
});

test('tries again on SIGHUP what could not be used before, though the file is the same', async () => {
  await using upstream = await startServer((_request, response) => response.end('ok'));
  await using setup = await startProcess(upstream.port);
  const { app, port, mount } = setup;
  const blocker = createServer().listen(0, '127.0.0.1');
  await once(blocker, 'listening');
  const { port: taken } = blocker.address() as { port: number };
  await mount.update(
    configText(port, upstream.port).replace(
      'listeners: [',
      `listeners: [{ name: more, host: 127.0.0.1, port: ${taken}, upstream: app }, `,
    ),
  );
  await app.line(/^configuration not changed: listener "more" cannot listen/);
  blocker.close();
  await once(blocker, 'close');
  app.signal('SIGHUP');
  await app.line(/^configuration changed$/);
  expect(await read(`http://127.0.0.1:${taken}`)).toStrictEqual([200, 'ok']);
});

test.each([
  ['the kubelet swaps ..data', mountConfig],
  ['the file is written anew', writeConfig],
  ['another file takes its place', replaceConfig],
])('notices that %s: a good change, a bad one, and the good one again', async (_way, mountIt) => {
  await using first = await startServer((_request, response) => response.end('first'));
  await using second = await startServer((_request, response) => response.end('second'));
  await using setup = await startWith((port) => configText(port, first.port), mountIt);
  const { app, url, ops, port, mount } = setup;
  await mount.update(configText(port, second.port));
  await app.line(/^configuration changed$/);
  expect(await read(url)).toStrictEqual([200, 'second']);

  await mount.update('listeners: []');
  await app.line(/^configuration not changed/);
  expect(await read(url)).toStrictEqual([200, 'second']);
  await mount.update(configText(port, second.port));
  await app.line(/^configuration file is again what is in use$/);
  expect((await read(`${ops}/readyz?verbose`))[1]).toContain('+ last reload: ok\n');
  expect(await read(url)).toStrictEqual([200, 'second']);
  expect(app.lines().filter(({ level }) => level === 'error')).toHaveLength(1);
});

test('reads the file on SIGHUP, and says so too if it is what is in use already', async () => {
  await using first = await startServer((_request, response) => response.end('first'));
  await using second = await startServer((_request, response) => response.end('second'));
  await using setup = await startWith((port) => configText(port, first.port), writeConfig);
  const { app, url, port, mount } = setup;
  app.signal('SIGHUP');
  await app.line(/^configuration is in use already$/);
  await writeFile(mount.path, configText(port, second.port));
  app.signal('SIGHUP');
  await app.line(/^configuration changed$/);
  expect(await read(url)).toStrictEqual([200, 'second']);
  expect(app.lines().filter(({ msg }) => msg === 'reading the configuration again')).toHaveLength(2);
});

test('adds, removes and changes listeners in one reload', async () => {
  await using upstream = await startServer((_request, response) => response.end('one'));
  await using other = await startServer((_request, response) => response.end('two'));
  const [removed, added] = [await findFreePort(), await findFreePort()];
  const text = (...listeners: string[]) => `listeners:
${listeners.map((each) => `  - ${each}\n`).join('')}upstreams: { one: { port: ${upstream.port} }, two: { port: ${other.port} } }
ops: { host: 127.0.0.1, port: 0 }
`;
  const listener = (port: number, name: string, to: string) =>
    `{ name: ${name}, host: 127.0.0.1, port: ${port}, upstream: ${to} }`;
  await using setup = await startWith((port) => text(listener(port, 'main', 'one'), listener(removed, 'old', 'two')));
  const { app, url, port, mount } = setup;
  using pinned = await connectRaw(port, GET);
  await pinned.until('one');
  using leaving = await connectRaw(removed, GET);
  await leaving.until('two');

  await mount.update(text(listener(added, 'new', 'one'), listener(port, 'renamed', 'two')));
  await app.line(/^configuration changed$/);
  expect(await read(url)).toStrictEqual([200, 'two']);
  expect(await read(`http://127.0.0.1:${added}`)).toStrictEqual([200, 'one']);
  await expect(connectRaw(removed)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  await leaving.untilClosed();
  pinned.send(GET);
  await pinned.until('two');
  await expect
    .poll(() => app.lines().findLast(({ msg }) => msg === 'request'))
    .toMatchObject({ listener: 'renamed', upstream: 'two' });
});

test('what is in flight ends under the old configuration, and WebSockets live on', async () => {
  const held: (() => void)[] = [];
  await using first = await startServer((_request, response) => held.push(() => response.end('from first')));
  new WebSocketServer({ server: first.server }).on('connection', (socket) =>
    socket.on('message', (data) => socket.send(data)),
  );
  await using second = await startServer((_request, response) => response.end('from second'));
  await using setup = await startProcess(first.port);
  const { app, url, port, mount } = setup;
  using inFlight = await connectRaw(port, GET);
  await expect.poll(() => held.length).toBe(1);
  const socket = new WebSocket(`ws://127.0.0.1:${port}`);
  await once(socket, 'open');

  for (const [index, target] of [second.port, first.port, second.port].entries()) {
    await mount.update(configText(port, target));
    const changes = () => app.lines().filter(({ msg }) => msg === 'configuration changed').length;
    await expect.poll(changes).toBe(index + 1);
  }
  expect(await read(url)).toStrictEqual([200, 'from second']);
  held[0]?.();
  await inFlight.until('from first');
  socket.send('still there');
  expect(String((await once(socket, 'message'))[0])).toBe('still there');
  socket.terminate();
});

test('an upstream that stays as it is keeps its connections and what is known of its health', async () => {
  let isWell = true;
  await using upstream = await startServer((request, response) => {
    if (request.url === '/health') response.writeHead(isWell ? 200 : 500);
    response.end('ok');
  });
  const text = (port: number, rest = '') => `listeners: [{ name: main, host: 127.0.0.1, port: ${port}, upstream: app }]
upstreams: { app: { port: ${upstream.port}, healthCheck: { path: /health, intervalMs: 500, timeoutMs: 500, fall: 2, rise: 100 } } }
ops: { host: 127.0.0.1, port: 0 }
${rest}`;
  await using setup = await startWith((port) => text(port));
  const { app, url, ops, port, mount } = setup;
  const connectionsOfRequests = () =>
    new Set(upstream.requests.filter(({ url }) => url !== '/health').map(({ socket }) => socket));
  expect(await read(url)).toStrictEqual([200, 'ok']);
  await mount.update(text(port, 'timeouts: { responseTimeoutMs: 20000 }'));
  await app.line(/^configuration changed$/);
  expect(await read(url)).toStrictEqual([200, 'ok']);
  expect(connectionsOfRequests().size).toBe(1);

  isWell = false;
  await app.line(/^upstream "app" is unhealthy: GET \/health was answered with 500$/);
  isWell = true;
  await mount.update(text(port, 'timeouts: { responseTimeoutMs: 10000 }'));
  await expect.poll(() => app.lines().filter(({ msg }) => msg === 'configuration changed').length).toBe(2);
  const [status, body] = await read(url);
  expect([status, (JSON.parse(body) as { error: string }).error]).toStrictEqual([503, 'UPSTREAM_UNHEALTHY']);
  expect((await read(`${ops}/readyz?verbose`))[1]).toContain('! upstream app: unhealthy\nready\n');
  expect((await read(`${ops}/metrics`))[1]).toContain('ambassador_upstream_health{upstream="app",state="unhealthy"} 1');
});
