/** The program itself, as a process: start, refusal to start, its commands, and the end. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { createConfigJsonSchema } from './config-json-schema.ts';
import { configText, mountConfig, read, start, startProcess } from './test-process.ts';
import { connectRaw, startServer } from './test-support.ts';

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

test('serves, shows its configuration, metrics and readiness, and writes nothing but JSON lines', async () => {
  await using upstream = await startServer((_request, response) => response.end('ok'));
  await using setup = await startProcess(upstream.port);
  const { app, url, ops, port, mount } = setup;
  expect(await read(`${url}/a?secret=1`)).toStrictEqual([200, 'ok']);
  expect(await read(`${ops}/livez`)).toStrictEqual([200, 'ok\n']);
  expect(await read(`${ops}/readyz?verbose`)).toStrictEqual([
    200,
    '+ listeners: ok\n+ config: ok\n+ last reload: ok\nready\n',
  ]);
  expect(JSON.parse((await read(`${ops}/config`))[1])).toMatchObject({
    file: mount.path,
    rejected: null,
    config: {
      listeners: [{ name: 'main', port }],
      upstreams: { app: { host: '127.0.0.1', port: upstream.port, poolSize: 128 } },
      timeouts: { drainTimeoutMs: 15_000 },
    },
    sources: { 'listeners[0].port': 'ambassador.yaml:1', 'timeouts.drainTimeoutMs': 'default' },
  });
  expect((await read(`${ops}/what`))[1]).toContain('/config');
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

test('a thousand clients that come while it is busy are kept waiting, not turned away', async () => {
  await using upstream = await startServer((_request, response) => response.end('ok'));
  await using setup = await startProcess(upstream.port);
  // Stopped it takes nothing, so the kernel has to keep what comes.
  setup.app.signal('SIGSTOP');
  let [connected, answered] = [0, 0];
  const sockets = Array.from({ length: 1_000 }, () =>
    connect(setup.port, '127.0.0.1', () => (connected += 1)).once('data', () => (answered += 1)),
  );
  try {
    await expect.poll(() => connected).toBe(1_000);
    for (const socket of sockets) socket.write(GET);
    setup.app.signal('SIGCONT');
    await expect.poll(() => answered).toBe(1_000);
  } finally {
    for (const socket of sockets) socket.destroy();
  }
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

test('validates a file: 0 and what it would do, or 1 and each fault with its line, value and remedy', async () => {
  const { path: good } = await mountConfig(configText(80, 8775));
  await using valid = start('validate', good);
  expect([await valid.ended(), valid.stdout(), valid.stderr()]).toStrictEqual([
    0,
    `${good} is valid:\n  main  127.0.0.1:80 → app (127.0.0.1:8775)\n  ops   127.0.0.1:0\n`,
    '',
  ]);
  const { path: bad } = await mountConfig(configText(80, 87_750, 'timeout: {}\n'));
  await using faulty = start('validate', bad);
  expect([await faulty.ended(), faulty.stdout()]).toStrictEqual([1, '']);
  expect(faulty.stderr().split('\n')).toStrictEqual([
    `${bad} is not valid:`,
    'line 2: upstreams.app.port is 87750; it must be a whole number from 1 to 65535',
    'line 4: timeout is {}, but there is no such key; did you mean "timeouts"?',
    expect.stringMatching(/^Correct the file/),
    '',
  ]);
  await using missing = start('validate', '/nowhere/a.yaml');
  expect([await missing.ended(), missing.stderr()]).toStrictEqual([1, expect.stringContaining('/nowhere/a.yaml')]);
  await using wrong = start('validate');
  expect([await wrong.ended(), wrong.stderr()]).toStrictEqual([2, expect.stringContaining('needs the name of a file')]);
});

test('prints its schema', async () => {
  await using schema = start('schema');
  expect(await schema.ended()).toBe(0);
  expect(JSON.parse(schema.stdout())).toStrictEqual(createConfigJsonSchema());
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

test('GET /drain: not ready, each connection closed with its next answer, new ones still taken', async () => {
  await using upstream = await startServer((_request, response) => response.end('ok'));
  await using setup = await startProcess(upstream.port);
  const { ops, port } = setup;
  using kept = await connectRaw(port, GET);
  await kept.until('ok');
  expect((await read(`${ops}/drain`))[0]).toBe(200);
  expect(await read(`${ops}/readyz`)).toStrictEqual([503, '- listeners: leaving\nnot ready\n']);
  kept.send(GET);
  expect(await kept.untilClosed()).toMatch(/^Connection: close\r$.*ok$/ms);
  using late = await connectRaw(port, GET);
  expect(await late.untilClosed()).toMatch(/^HTTP\/1.1 200 .*^Connection: close\r$.*ok$/ms);
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
