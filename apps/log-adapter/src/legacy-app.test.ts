/**
 * The two programs as they stand beside each other in a Pod: what legacy-app writes comes out in the schema of the kit.
 * This is the only test that opens the port of legacy-app, of which there is one on a machine.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { AdapterProcess, until, type OutputLine } from './test-support.ts';

const URL_OF_APP = 'http://127.0.0.1:8775';
const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

interface Pod {
  readonly folder: string;
  readonly logFile: string;
  readonly adapter: AdapterProcess;
  readonly app: ReturnType<typeof spawn>;
  /** Rewrites the settings and lets the app read them. */
  readonly set: (settings: string) => Promise<void>;
  readonly find: (isIt: (event: OutputLine) => boolean) => Promise<OutputLine>;
}

let pod: Pod;
let catalog: ReturnType<typeof createServer>;
/** The one line that the app writes to its stdout. */
let banner: string;

const settingsFor = (logFile: string, more = ''): string =>
  `greeting = Hello\nlog.file = ${logFile}\nlog.rotate-bytes = 4096\nlog.keep = 99\nheartbeat.seconds = 1\n${more}`;

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pod-'));
  const logFile = join(folder, 'log', 'legacy.log');
  const settingsFile = join(folder, 'legacy.ini');
  const configFile = join(folder, 'log-adapter.yaml');
  await mkdir(join(folder, 'log'));
  await writeFile(settingsFile, settingsFor(logFile));
  const example = await readFile(new URL('../examples/legacy-app.yaml', import.meta.url), 'utf8');
  const config = example
    .replace('/var/log/legacy-app/legacy.log', logFile)
    .replace('/var/lib/log-adapter', join(folder, 'state'))
    .replace('port: 9903', 'port: 0');
  await writeFile(configFile, config);

  catalog = createServer((_request, response) => response.setHeader('via', '1.1 test').end('[{"name":"tea"}]'));
  catalog.listen(9000, '127.0.0.1');
  await once(catalog, 'listening');

  const adapter = new AdapterProcess(configFile, { isForOneTest: false });
  const main = new URL('../../legacy-app/src/main.ts', import.meta.url).pathname;
  const app = spawn(process.execPath, [main, settingsFile], { stdio: ['ignore', 'pipe', 'inherit'] });
  pod = {
    folder,
    logFile,
    adapter,
    app,
    async set(settings) {
      await writeFile(settingsFile, settings);
      app.kill('SIGHUP');
    },
    async find(isIt) {
      await until(() => adapter.events.some(isIt), 'the event came');
      return adapter.events.find(isIt) ?? {};
    },
  };
  banner = String((await once(app.stdout ?? app, 'data'))[0]);

  return async () => {
    app.kill('SIGKILL');
    adapter.child.kill('SIGKILL');
    catalog.close();
    await rm(folder, { recursive: true, force: true });
  };
}, 60_000);

describe('each kind of event', { timeout: 60_000 }, () => {
  const TRACE = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };
  const headers = (requestId: string) => ({
    'x-request-id': requestId,
    traceparent: `00-${TRACE.traceId}-${TRACE.spanId}-01`,
  });
  const common = () => ({ time: TIME, service: 'legacy-app', observed_time: TIME, log_file: pod.logFile });

  test('a request', async () => {
    const response = await fetch(`${URL_OF_APP}/orders/17`, { headers: headers('request-1') });
    expect(await response.json()).toStrictEqual({
      greeting: 'Hello',
      order: 17,
      requestId: 'request-1',
      products: [{ name: 'tea' }],
      catalogVia: '1.1 test',
    });
    expect(await pod.find((event) => event['request_id'] === 'request-1')).toStrictEqual({
      ...common(),
      level: 'info',
      logger: 'orders.http',
      msg: 'GET /orders/17 answered 200',
      request_id: 'request-1',
      trace_id: TRACE.traceId,
      span_id: TRACE.spanId,
      http_method: 'GET',
      url_path: '/orders/17',
      http_status: 200,
      duration_ms: expect.any(Number),
    });
  });

  test('a probe', async () => {
    await fetch(`${URL_OF_APP}/health`);
    expect(await pod.find((event) => event['url_path'] === '/health')).toMatchObject({
      level: 'debug',
      http_status: 200,
    });
  });

  test('a heartbeat', async () => {
    expect(await pod.find((event) => event['logger'] === 'orders.heartbeat')).toStrictEqual({
      ...common(),
      level: 'info',
      logger: 'orders.heartbeat',
      msg: 'Alive',
      uptime: expect.stringMatching(/^\d+s$/),
      orders: expect.any(Number),
    });
  });

  test('a failure, with its stack', async () => {
    catalog.close();
    catalog.closeAllConnections();
    const response = await fetch(`${URL_OF_APP}/orders/18`, { headers: headers('request-2') });
    expect(response.status).toBe(502);
    catalog.listen(9000, '127.0.0.1');
    expect(await pod.find((event) => event['logger'] === 'orders.catalog')).toStrictEqual({
      ...common(),
      level: 'error',
      logger: 'orders.catalog',
      msg: 'Catalog did not answer: connect ECONNREFUSED 127.0.0.1:9000',
      request_id: 'request-2',
      trace_id: TRACE.traceId,
      span_id: TRACE.spanId,
      stack: expect.stringMatching(/^ {4}at .+/),
    });
    expect(await pod.find((event) => event['url_path'] === '/orders/18')).toMatchObject({
      level: 'warn',
      http_status: 502,
    });
  });

  test('settings that were read again, and settings that cannot be used', async () => {
    await pod.set(settingsFor(pod.logFile).replace('Hello', 'Good evening'));
    await pod.find((event) => event['msg'] === 'Settings were read again');
    const response = await fetch(`${URL_OF_APP}/orders/19`);
    expect(await response.json()).toMatchObject({ greeting: 'Good evening' });

    await pod.set(settingsFor(pod.logFile, 'log.keep = 3\n'));
    expect(
      await pod.find((event) => event['logger'] === 'orders.settings' && event['level'] === 'error'),
    ).toMatchObject({
      msg: `Settings stay as they were: ${pod.folder}/legacy.ini:6: log.keep is set a second time, first on line 4`,
    });
    expect(await (await fetch(`${URL_OF_APP}/orders/20`)).json()).toMatchObject({ greeting: 'Good evening' });
  });
});

test(
  'under load, while the log is rotated again and again, every request comes out once',
  { timeout: 60_000 },
  async () => {
    const REQUESTS = 1_000;
    let next = 0;
    const client = async (): Promise<void> => {
      for (let id = next++; id < REQUESTS; id = next++) {
        const response = await fetch(`${URL_OF_APP}/orders/${id}`, { headers: { 'x-request-id': `load-${id}` } });
        expect(response.status).toBe(200);
        await response.arrayBuffer();
      }
    };
    await Promise.all(Array.from({ length: 10 }, client));
    const ids = (): string[] =>
      pod.adapter.events.map((event) => String(event['request_id'])).filter((id) => id.startsWith('load-'));
    await until(
      () => ids().length >= REQUESTS,
      () => `${ids().length} of ${REQUESTS} requests came`,
    );
    expect(ids().sort()).toStrictEqual(Array.from({ length: REQUESTS }, (_, id) => `load-${id}`).sort());
    expect(await pod.adapter.metric('log_adapter_rotations_total')).toBeGreaterThan(20);
    expect(pod.adapter.events.filter((event) => 'parse_error' in event)).toStrictEqual([]);
    expect((await stat(pod.logFile)).mode & 0o777).toBe(0o640);
  },
);

test('the app ends on SIGTERM, and its last word comes out', { timeout: 60_000 }, async () => {
  pod.app.kill('SIGTERM');
  expect(await once(pod.app, 'exit')).toStrictEqual([0, null]);
  await pod.find((event) => event['msg'] === 'Stopped');
  expect(await pod.adapter.end()).toBe(0);
  const [first] = pod.adapter.events;
  expect(banner).toBe(`legacy-app: listening on 127.0.0.1:8775, logging to ${pod.logFile}\n`);
  expect(first).toMatchObject({ logger: 'orders.start', msg: 'Started', settings: join(pod.folder, 'legacy.ini') });
});
