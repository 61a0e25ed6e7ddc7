/** The image of the twin: its configuration, log, operations port, reload, limits of trust, and its end. */
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { request, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { beforeAll, expect, test } from 'vitest';
import { removeLeftovers } from '../support/containers.ts';
import { startPod } from '../support/docker-pod.ts';

beforeAll(removeLeftovers);

test('accepts the configuration of the manifests without a warning, and logs and counts as the kit does', async () => {
  await using pod = await startPod('ambassador-haproxy');
  const haproxy = pod.container('haproxy');
  const { exitCode, output } = await haproxy.exec('haproxy', '-c', '-f', '/usr/local/etc/haproxy/haproxy.cfg');
  expect(output).not.toMatch(/warning|alert/i);
  expect(exitCode).toBe(0);

  await fetch(`http://${pod.address(80)}/orders/x?secret=1`, { headers: { 'x-request-id': 'of-the-client' } });
  const aTime = expect.any(Number) as number;
  await expect
    .poll(async () => (await haproxy.events()).find(({ request_id }) => request_id === 'of-the-client'))
    .toMatchObject({
      level: 'info',
      service: 'haproxy',
      msg: 'request',
      http_method: 'GET',
      url_path: '/orders/x',
      http_status: 404,
      listener: 'inbound',
      upstream: 'legacy-app',
      trace_id: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
      ...{ duration_ms: aTime, queue_ms: aTime, connect_ms: aTime, first_byte_ms: aTime },
    });
  const metrics = await fetch(`http://${pod.address(9901)}/metrics`);
  expect(await metrics.text()).toContain('haproxy_frontend_http_requests_total{proxy="inbound"}');
});

test('takes a changed configuration on SIGUSR2, and keeps the old one when the new one is bad', async () => {
  await using pod = await startPod('ambassador-haproxy');
  const haproxy = pod.container('haproxy');
  const file = join(pod.configFolder('ambassador-haproxy-config'), 'haproxy.cfg');
  const health = async () => (await fetch(`http://${pod.address(80)}/health`)).status;
  const good = await readFile(file, 'utf8');

  await writeFile(file, good.replace('mode http', 'mode nonsense'));
  await haproxy.signal('USR2');
  await expect.poll(async () => (await haproxy.output()).stderr).toMatch(/unknown proxy mode|nonsense/);
  expect(await health()).toBe(200);

  await writeFile(file, good.replace('127.0.0.1:8775', '127.0.0.1:8776'));
  await haproxy.signal('USR2');
  await expect.poll(health).toBe(503);
});

test('finishes what is in flight when it is told to stop, and exits with 0', async () => {
  await using pod = await startPod('ambassador-haproxy');
  const order = request(`http://${pod.address(80)}/orders`, { method: 'POST' });
  const answered = once(order, 'response') as Promise<[IncomingMessage]>;
  order.write('{"amount":');
  const metrics = async () => (await fetch(`http://${pod.address(9901)}/metrics`)).text();
  await expect.poll(metrics).toMatch(/^haproxy_frontend_current_sessions\{proxy="inbound"\} 1$/m);

  const stopped = pod.container('haproxy').stop(20);
  await expect.poll(() => metrics().catch(() => 'closed')).toBe('closed');
  order.end('3}');
  const [answer] = await answered;
  expect(answer.statusCode).toBe(201);
  expect(await json(answer)).toEqual({ amount: 3 });
  expect(await stopped).toBe(0);
});
