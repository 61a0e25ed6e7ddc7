/** The program itself, as a process: start, refusal to start, reload from the file, and the end. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { mkdir, mkdtemp, rename, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { connectRaw, findFreePort, startServer } from './test-support.ts';

const MAIN = new URL('main.ts', import.meta.url).pathname;
const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

interface Line {
  readonly level: string;
  readonly msg: string;
  readonly [key: string]: unknown;
}

function start(...args: string[]) {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => (stdout += String(chunk)));
  child.stderr.on('data', (chunk) => (stderr += String(chunk)));
  const ended = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  const lines = () =>
    stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Line);
  return {
    lines,
    stdout: () => stdout,
    stderr: () => stderr,
    signal: (name: NodeJS.Signals) => child.kill(name),
    ended: async () => (await ended)[0],
    async line(msg: RegExp): Promise<Line> {
      await expect
        .poll(() => lines().map((line) => line.msg), { timeout: 15_000 })
        .toContainEqual(expect.stringMatching(msg));
      return lines().find((line) => msg.test(line.msg)) as Line;
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** A folder as the kubelet mounts a ConfigMap: the file is a link through `..data`, which is swapped as a whole. */
async function mountConfig(text: string) {
  const folder = await mkdtemp(join(tmpdir(), 'ambassador-'));
  let version = 0;
  const path = join(folder, 'ambassador.yaml');
  const update = async (next: string) => {
    const target = `..version-${(version += 1)}`;
    await mkdir(join(folder, target));
    await writeFile(join(folder, target, 'ambassador.yaml'), next);
    await symlink(target, join(folder, '..data_tmp'));
    await rename(join(folder, '..data_tmp'), join(folder, '..data'));
  };
  await update(text);
  await symlink('..data/ambassador.yaml', path);
  return { path, update };
}

function configText(port: number, upstreamPort: number, rest = ''): string {
  return `listeners: [{ name: main, host: 127.0.0.1, port: ${port}, upstream: app }]
upstreams: { app: { port: ${upstreamPort}, retries: 0 } }
ops: { host: 127.0.0.1, port: 0 }
${rest}`;
}

async function startProcess(upstreamPort: number, rest = '') {
  const port = await findFreePort();
  const mount = await mountConfig(configText(port, upstreamPort, rest));
  const app = start('--config', mount.path);
  const { ops_port: opsPort } = await app.line(/^started$/);
  return {
    app,
    port,
    mount,
    url: `http://127.0.0.1:${port}`,
    ops: `http://127.0.0.1:${String(opsPort)}`,
    [Symbol.asyncDispose]: () => app[Symbol.asyncDispose](),
  };
}

const read = async (url: string) => {
  const response = await fetch(url);
  return [response.status, await response.text()] as const;
};

test('serves, shows its configuration, metrics and readiness, and writes nothing but JSON lines', async () => {
  await using upstream = await startServer((_request, response) => response.end('ok'));
  await using setup = await startProcess(upstream.port);
  const { app, url, ops, port } = setup;
  expect(await read(`${url}/a?secret=1`)).toStrictEqual([200, 'ok']);
  expect(await read(`${ops}/livez`)).toStrictEqual([200, 'ok\n']);
  expect(await read(`${ops}/readyz?verbose`)).toStrictEqual([
    200,
    '+ listeners: ok\n+ config: ok\n+ last reload: ok\nready\n',
  ]);
  expect(JSON.parse((await read(`${ops}/config`))[1])).toMatchObject({
    listeners: [{ name: 'main', port }],
    upstreams: { app: { host: '127.0.0.1', port: upstream.port, poolSize: 128 } },
    timeouts: { drainTimeoutMs: 15_000 },
  });
  const [, metrics] = await read(`${ops}/metrics`);
  expect(metrics).toContain(
    'ambassador_requests_total{listener="main",upstream="app",method="GET",code_class="2xx"} 1',
  );
  expect(metrics).toContain('ambassador_request_duration_seconds_count{listener="main",upstream="app"} 1');
  expect(metrics).toContain('ambassador_upstream_connections{upstream="app",state="idle"} 1');
  expect(metrics).toContain('ambassador_config_last_reload_successful 1');
  expect(await app.line(/^request$/)).toMatchObject({ level: 'info', service: 'ambassador', url_path: '/a' });
  expect(app.stdout()).not.toContain('secret');
  // No warning of Node about what a library does either.
  expect(app.stderr()).toBe('');
});

test.each([
  ['is not valid', 'listeners: []\nupstreams: {}\n', 'CONFIG_INVALID', /listeners/],
  ['is not YAML', 'listeners: [\n', 'CONFIG_INVALID', /not valid YAML/],
])('ends with 1 if the file %s, and says what to do', async (_case, text, code, message) => {
  const { path } = await mountConfig(text);
  await using app = start('--config', path);
  expect(await app.ended()).toBe(1);
  expect(app.lines()).toMatchObject([
    { level: 'fatal', code, msg: expect.stringMatching(message), remedy: expect.stringMatching(/\w/) },
  ]);
  expect(app.stderr()).toBe('');
});

test('ends with 1 if there is no file, or a port is in use', async () => {
  await using missing = start('--config', '/nowhere/a.yaml');
  expect(await missing.ended()).toBe(1);
  expect(missing.lines()).toMatchObject([
    { code: 'CONFIG_UNREADABLE', msg: expect.stringContaining('/nowhere/a.yaml') },
  ]);

  await using upstream = await startServer((_request, response) => response.end());
  const { path } = await mountConfig(configText(upstream.port, 1));
  await using blocked = start('--config', path);
  expect(await blocked.ended()).toBe(1);
  expect(blocked.lines().at(-1)).toMatchObject({
    level: 'fatal',
    code: 'LISTEN_FAILED',
    msg: expect.stringContaining('EADDRINUSE'),
  });
});

test('shows its help, and ends with 2 on what it does not know', async () => {
  await using help = start('--help');
  expect([await help.ended(), help.stdout()]).toStrictEqual([0, expect.stringMatching(/^Usage: ambassador/)]);
  await using wrong = start('--what');
  expect([await wrong.ended(), wrong.stderr()]).toStrictEqual([2, expect.stringContaining("'--what'")]);
});

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
  const [, metrics] = await read(`${ops}/metrics`);
  expect(metrics).toContain('ambassador_config_last_reload_successful 0');
  expect(metrics).toContain('ambassador_config_reloads_total{result="failure"} 1');
  expect(metrics).toContain('ambassador_config_reloads_total{result="success"} 1');

  await mount.update(configText(port, first.port));
  await expect.poll(() => read(url), { timeout: 10_000 }).toStrictEqual([200, 'first']);
  expect((await read(`${ops}/metrics`))[1]).toContain('ambassador_config_last_reload_successful 1');
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

test('on SIGTERM: finishes what is in flight, says that it is not ready, closes what is idle, and ends with 0', async () => {
  const held: (() => void)[] = [];
  await using upstream = await startServer((request, response) => {
    if (request.url === '/held') held.push(() => response.end('whole'));
    else response.end('ok');
  });
  await using setup = await startProcess(upstream.port);
  const { app, ops, port } = setup;
  using inFlight = await connectRaw(port, GET.replace('/', '/held'));
  using idle = await connectRaw(port, GET);
  using unused = await connectRaw(port);
  await idle.until('ok');
  await expect.poll(() => held.length).toBe(1);

  app.signal('SIGTERM');
  await idle.untilClosed();
  await unused.untilClosed();
  expect(await read(`${ops}/readyz`)).toStrictEqual([503, '- listeners: draining\nnot ready\n']);
  await expect(connectRaw(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  held[0]?.();
  expect(await inFlight.untilClosed()).toMatch(/^HTTP\/1.1 200 .*^Connection: close\r$.*whole$/ms);
  expect(await app.ended()).toBe(0);
  expect(app.lines().at(-1)).toMatchObject({ msg: 'shut down' });
  expect(app.stderr()).toBe('');
});

test('on SIGTERM: lets WebSockets go on until the drain timeout, then closes them and ends with 0', async () => {
  await using upstream = await startServer((_request, response) => response.end());
  new WebSocketServer({ server: upstream.server }).on('connection', (socket) =>
    socket.on('message', (data) => socket.send(data)),
  );
  await using setup = await startProcess(upstream.port, 'timeouts: { drainTimeoutMs: 700 }');
  const { app, port } = setup;
  const socket = new WebSocket(`ws://127.0.0.1:${port}`);
  await once(socket, 'open');
  app.signal('SIGTERM');
  await app.line(/^shutting down$/);
  socket.send('still there');
  expect(String((await once(socket, 'message'))[0])).toBe('still there');
  await once(socket, 'close');
  expect(await app.ended()).toBe(0);
  expect(await app.line(/^closing what is left$/)).toMatchObject({ level: 'warn', connections: 1 });
});

test('ends at once on a second SIGTERM', async () => {
  await using upstream = await startServer(() => undefined);
  await using setup = await startProcess(upstream.port);
  const { app, port } = setup;
  using client = await connectRaw(port, GET);
  await expect.poll(() => upstream.requests.length).toBe(1);
  app.signal('SIGTERM');
  await app.line(/^shutting down$/);
  expect(client.isClosed).toBe(false);
  app.signal('SIGTERM');
  expect(await app.ended()).toBe(143);
});
