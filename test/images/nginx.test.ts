/** The image of nginx, as the catalog runs it; with git-sync beside it, it is tested there. */
import { beforeAll, expect, test } from 'vitest';
import { removeLeftovers } from '../support/containers.ts';
import { startPod } from '../support/docker-pod.ts';
import { runToEnd } from '../support/run-to-end.ts';

beforeAll(removeLeftovers);

test('serves a mounted folder, logs each request as JSON on stdout, and ends in order', async () => {
  await using pod = await startPod('catalog');
  const nginx = pod.container('nginx');
  const get = (path: string, headers: Record<string, string> = {}) =>
    fetch(`http://${pod.address(8080)}${path}`, { headers });

  // Not a warning, such as one about a user that it cannot become.
  expect((await nginx.output()).stderr).toBe('');

  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  const products = await get('/products.json?q=1', { 'x-request-id': 'list-1', traceparent });
  expect(products.headers.get('content-type')).toBe('application/json');
  expect(await products.json()).toContainEqual(expect.objectContaining({ sku: 'tea-001' }));
  expect((await get('/absent')).status).toBe(404);
  expect((await get('/..data/products.json')).status).toBe(404);

  const line = (await nginx.events()).find(({ request_id }) => request_id === 'list-1');
  expect(line).toEqual({
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
    level: 'info',
    service: 'nginx',
    msg: 'request',
    request_id: 'list-1',
    trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
    traceparent,
    http_method: 'GET',
    url_path: '/products.json',
    http_status: 200,
    duration_ms: expect.any(Number) as number,
    bytes_out: expect.any(Number) as number,
    client_address: expect.any(String) as string,
  });
  expect(await nginx.stop(10)).toBe(0);
});

test('a configuration that cannot be used ends it, with the reason on stderr', async () => {
  const config = { folder: '/etc/nginx-kit', files: { 'nginx.conf': 'events {}\nhttp { lissen 1; }\n' } };
  const args = ['-e', 'stderr', '-c', '/etc/nginx-kit/nginx.conf'];
  const { exitCode, stderr } = await runToEnd('nginx', { config, args });
  expect(exitCode).toBe(1);
  expect(stderr).toContain('unknown directive "lissen"');
});
