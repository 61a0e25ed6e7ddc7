/** The image of the twin: its configuration, its operations port and its end. */
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
    });
  const metrics = await fetch(`http://${pod.address(9901)}/metrics`);
  expect(await metrics.text()).toContain('haproxy_frontend_http_requests_total{proxy="inbound"}');
});

test('ends in order when it is told to stop', async () => {
  await using pod = await startPod('ambassador-haproxy');
  expect(await pod.container('haproxy').stop(20)).toBe(0);
});
