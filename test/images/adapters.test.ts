/** Three unlike programs behind log-adapter: the same queries answer for all of them. */
import { beforeAll, expect, test } from 'vitest';
import { removeLeftovers } from '../support/containers.ts';
import { ADAPTED, askCommand, ERRORS_QUERY, P95_QUERY, query } from '../support/dashboard.ts';
import { startPod, type DockerPod } from '../support/docker-pod.ts';

beforeAll(removeLeftovers);

async function metricsOf(pod: DockerPod): Promise<string> {
  return (await fetch(`http://${pod.address(9903)}/metrics`)).text();
}

async function eventsOf(pod: DockerPod, service: string) {
  return (await pod.container('log-adapter').events()).filter((event) => event['service'] === service);
}

test('one query for the errors, one for the durations, of a legacy program, of nginx and of a Java-like program', async () => {
  await using stack = new AsyncDisposableStack();
  const pods: DockerPod[] = [];
  for (const adapted of ADAPTED) {
    const pod = stack.use(await startPod(adapted.pod));
    const { exitCode, output } = await pod.container('log-adapter').exec(...askCommand(adapted));
    expect({ exitCode, output }).toEqual({ exitCode: 0, output: expect.stringMatching(/50\d\s+$/) as string });
    pods.push(pod);
  }
  const ask = async (expression: string) => query(expression, await Promise.all(pods.map(metricsOf)));
  await expect
    .poll(() => ask(ERRORS_QUERY))
    // nginx tells of it twice: in the access log and in the error log.
    .toEqual({ 'legacy-app': 1, nginx: 2, 'batch-app': 1 });
  const durations = await ask(P95_QUERY);
  expect(Object.keys(durations).sort()).toEqual(['batch-app', 'legacy-app', 'nginx']);
  for (const durationMs of Object.values(durations)) expect(durationMs).toBeLessThan(5_000);
  const failures = pods.map(async (pod) => /^log_adapter_parse_failures_total\{.*\} [1-9]/m.test(await metricsOf(pod)));
  expect(await Promise.all(failures)).toEqual([false, false, false]);
});

test('nginx: both logs come out, and nothing is lost or repeated when they are rotated', async () => {
  await using pod = await startPod('adapter-nginx', { replace: { '-ge 65536': '-ge 4096', 'sleep 5;': 'sleep 1;' } });
  const url = `http://${pod.address(8081)}`;
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  const ids = Array.from({ length: 200 }, (_, index) => `id-${index}`);
  for (const id of ids)
    await (await fetch(`${url}/files/${id}`, { headers: { 'x-request-id': id, traceparent } })).text();

  const accesses = async () =>
    (await eventsOf(pod, 'nginx')).flatMap(({ request_id: id }) => (typeof id === 'string' ? [id] : []));
  await expect.poll(accesses).toEqual(ids);
  const rotated = async () => /^log_adapter_rotations_total\{.*error\.log"\} [1-9]/m.test(await metricsOf(pod));
  await expect.poll(rotated).toBe(true);
  const events = await eventsOf(pod, 'nginx');
  expect(events.find((event) => event['request_id'] === 'id-7')).toMatchObject({
    level: 'warn',
    http_status: 404,
    url_path: '/files/id-7',
    duration_ms: expect.any(Number) as number,
    trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
  });
  const errors = events.filter(({ msg }) => String(msg).startsWith('open() "/srv/absent/files/id-'));
  expect(errors).toHaveLength(ids.length);
  expect(errors[0]).toMatchObject({ level: 'error', http_method: 'GET', client_address: expect.any(String) as string });
  expect(await pod.container('nginx').stop(10)).toBe(0);
});

test('batch-app: a stack trace is one event, with its cause and the values around it', async () => {
  await using pod = await startPod('adapter-batch');
  const [, , batch] = ADAPTED;
  await pod.container('log-adapter').exec(...askCommand(batch));
  const failed = async () => (await eventsOf(pod, 'batch-app')).find(({ level }) => level === 'error');
  await expect.poll(failed).toMatchObject({
    logger: 'com.example.batch.OrderImport',
    msg: 'Import failed',
    run: 5,
    file: 'orders-0005.csv',
    duration_ms: expect.any(Number) as number,
    read: 11,
    stack: expect.stringMatching(
      /^com\.example\.batch\.ImportException: .*\n[^]*\nCaused by: java\.lang\.Num[^]* more$/,
    ) as string,
  });
  expect(await pod.container('batch-app').stop(10)).toBe(0);
  await expect
    .poll(async () => (await eventsOf(pod, 'batch-app')).at(-1))
    .toMatchObject({ logger: 'com.example.batch.BatchApplication', msg: 'Stopped' });
});
