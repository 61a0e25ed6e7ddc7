/** The image of log-adapter, reading what the image of legacy-app writes. */
import { beforeAll, expect, test } from 'vitest';
import { removeLeftovers } from '../support/containers.ts';
import { startPod, type DockerPod } from '../support/docker-pod.ts';
import { runToEnd } from '../support/run-to-end.ts';

const LOG_FILE = '/var/log/legacy-app/legacy.log';
const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN_ID = '00f067aa0ba902b7';
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

beforeAll(removeLeftovers);

/** Asks the app from inside of its Pod: it listens on loopback. Each path is asked for once, with itself as request id. */
async function askApp(pod: DockerPod, ...paths: string[]): Promise<void> {
  const traceparent = `00-${TRACE_ID}-${SPAN_ID}-01`;
  const script = `
    for (const path of process.argv.slice(1)) {
      await (await fetch('http://127.0.0.1:8775' + path, { headers: { 'x-request-id': path, traceparent: '${traceparent}' } })).text();
    }`;
  const { exitCode, output } = await pod
    .container('legacy-app')
    .exec('node', '--input-type=module', '-e', script, ...paths);
  expect({ exitCode, output }).toEqual({ exitCode: 0, output: '' });
}

async function eventsOf(pod: DockerPod, service: string) {
  return (await pod.container('log-adapter').events()).filter((event) => event['service'] === service);
}

test('prints one JSON object an event, in the schema of the kit, and counts them', async () => {
  await using pod = await startPod('adapter');
  await askApp(pod, '/orders/17');
  // The probe of the manifest asks the app too, so its requests are among the events.
  const find = async (wanted: Record<string, unknown>) =>
    (await eventsOf(pod, 'legacy-app')).find((event) => Object.keys(wanted).every((key) => event[key] === wanted[key]));

  const time = expect.stringMatching(TIME) as string;
  const shared = { time, service: 'legacy-app', observed_time: time, log_file: LOG_FILE };
  const request = { request_id: '/orders/17', trace_id: TRACE_ID, span_id: SPAN_ID };
  await expect
    .poll(() => find({ logger: 'orders.http', request_id: '/orders/17' }), { timeout: 10_000 })
    .toEqual({
      ...shared,
      ...request,
      level: 'warn',
      logger: 'orders.http',
      msg: 'GET /orders/17 answered 502',
      http_method: 'GET',
      url_path: '/orders/17',
      http_status: 502,
      duration_ms: expect.any(Number) as number,
    });
  // Nothing listens on port 9000 of this Pod: the stack trace is a part of the event.
  expect(await find({ logger: 'orders.catalog' })).toMatchObject({
    ...shared,
    ...request,
    level: 'error',
    msg: expect.stringContaining('Catalog did not answer') as string,
    stack: expect.stringContaining('at ') as string,
  });
  expect(await find({ logger: 'orders.start' })).toMatchObject({ ...shared, level: 'info', msg: 'Started' });
  await expect
    .poll(() => find({ logger: 'orders.heartbeat' }), { timeout: 15_000 })
    .toMatchObject({ ...shared, orders: 0 });

  const metrics = await (await fetch(`http://${pod.address(9903)}/metrics`)).text();
  expect(metrics).toContain(`log_adapter_events_total{input="${LOG_FILE}",level="error"} 1`);
  expect(metrics).not.toMatch(/^log_adapter_parse_failures_total\{.*\} [1-9]/m);
  const adapter = pod.container('log-adapter');
  expect(await adapter.inspect('{{.HostConfig.Memory}} {{.State.OOMKilled}}')).toBe(`${128 * 2 ** 20} false`);
});

test('loses and repeats nothing when the log is rotated, and sees the last line before it exits with 0', async () => {
  // Small enough to rotate in between, and not so small that a line would be deleted before anybody can have read it.
  await using pod = await startPod('adapter', { replace: { 'log.rotate-bytes = 65536': 'log.rotate-bytes = 6000' } });
  const paths = Array.from({ length: 60 }, (_, index) => `/absent/${index}`);
  await askApp(pod, ...paths);
  const asked = async () =>
    (await eventsOf(pod, 'legacy-app'))
      .map((event) => String(event['request_id']))
      .filter((id) => id.startsWith('/absent/'));
  await expect.poll(asked, { timeout: 20_000 }).toEqual(paths);
  const metrics = await (await fetch(`http://${pod.address(9903)}/metrics`)).text();
  expect(metrics).toMatch(/^log_adapter_rotations_total\{.*\} [1-9]/m);

  expect(await pod.container('legacy-app').stop(10)).toBe(0);
  expect(await pod.container('log-adapter').stop(10)).toBe(0);
  expect((await eventsOf(pod, 'legacy-app')).at(-1)).toMatchObject({ logger: 'orders.stop', msg: 'Stopped' });
});

test('a configuration that is bad from the start ends it, with the reason on stdout', async () => {
  const config = { folder: '/etc/log-adapter', files: { 'log-adapter.yaml': 'inputs: 3\n' } };
  const { exitCode, stdout } = await runToEnd('log-adapter', { config });
  expect(exitCode).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({ level: 'fatal', service: 'log-adapter', code: 'CONFIG_INVALID' });
});
