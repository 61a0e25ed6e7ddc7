/** The image of the ambassador: operations port, memory, end, and a configuration that cannot be used. */
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { request, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { beforeAll, expect, test } from 'vitest';
import { removeLeftovers } from '../support/containers.ts';
import { startPod } from '../support/docker-pod.ts';
import { runToEnd } from '../support/run-to-end.ts';

const LIMIT_BYTES = 128 * 2 ** 20;

beforeAll(removeLeftovers);

test('answers probes and metrics on its own port, and stays within its memory', async () => {
  await using pod = await startPod('ambassador');
  const ops = (path: string) => fetch(`http://${pod.address(9901)}${path}`);
  expect((await ops('/livez')).status).toBe(200);
  expect(await (await ops('/readyz?verbose')).text()).toMatch(/^\+ listeners: ok$[^]*^ready$/m);

  const body = JSON.stringify({ note: 'x'.repeat(50_000) });
  const send = () => fetch(`http://${pod.address(80)}/orders`, { method: 'POST', body });
  for (let round = 0; round < 20; round += 1) {
    const answers = await Promise.all(Array.from({ length: 50 }, send));
    for (const answer of answers) {
      expect(answer.status).toBe(201);
      await answer.arrayBuffer();
    }
  }
  const metrics = await (await ops('/metrics')).text();
  expect(metrics).toMatch(/^ambassador_requests_total\{listener="inbound".*method="POST".*code_class="2xx"\} 1000$/m);
  const residentBytes = Number(/^process_resident_memory_bytes (\S+)$/m.exec(metrics)?.[1]);
  expect(residentBytes).toBeGreaterThan(0);
  expect(residentBytes).toBeLessThan(LIMIT_BYTES);
  const ambassador = pod.container('ambassador');
  expect(await ambassador.inspect('{{.HostConfig.Memory}} {{.State.OOMKilled}}')).toBe(`${LIMIT_BYTES} false`);

  const requests = (await ambassador.events()).filter(({ msg }) => msg === 'request');
  expect(requests.at(-1)).toMatchObject({
    service: 'ambassador',
    level: 'info',
    http_status: 201,
    listener: 'inbound',
  });
});

test('finishes what is in flight on SIGTERM and exits with 0', async () => {
  await using pod = await startPod('ambassador');
  const ops = async (path: string) => (await fetch(`http://${pod.address(9901)}${path}`)).text();
  const order = request(`http://${pod.address(80)}/orders`, { method: 'POST' });
  const answered = once(order, 'response') as Promise<[IncomingMessage]>;
  order.write('{"amount":');
  await expect.poll(() => ops('/metrics')).toMatch(/^ambassador_requests_in_flight\{listener="inbound"\} 1$/m);

  const stopped = pod.container('ambassador').stop(20);
  await expect.poll(() => ops('/readyz')).toContain('draining');
  order.end('3}');
  const [answer] = await answered;
  expect(answer.statusCode).toBe(201);
  expect(await json(answer)).toEqual({ amount: 3 });
  expect(await stopped).toBe(0);
});

test('keeps the old configuration when the new one is bad, and takes the next good one', async () => {
  await using pod = await startPod('ambassador');
  const file = join(pod.configFolder('ambassador-config'), 'ambassador.yaml');
  const readyz = async () => (await fetch(`http://${pod.address(9901)}/readyz?verbose`)).text();
  const health = async () => (await fetch(`http://${pod.address(80)}/health`)).status;
  const good = await readFile(file, 'utf8');

  await writeFile(file, good.replace('upstream: legacy-app', 'upstream: no-such'));
  await expect.poll(readyz, { timeout: 10_000 }).toContain('there is no upstream "no-such"');
  expect(await health()).toBe(200);

  await writeFile(file, good.replace('{ port: 8775 }', '{ port: 8776 }'));
  await expect.poll(health, { timeout: 10_000 }).toBe(502);
});

test('a configuration that is bad from the start ends it, with the reason on stdout', async () => {
  const config = {
    folder: '/etc/ambassador',
    files: { 'ambassador.yaml': 'listeners: [{ port: 80, upstream: app }]\n' },
  };
  const { exitCode, stdout } = await runToEnd('ambassador', { config });
  expect(exitCode).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    level: 'fatal',
    service: 'ambassador',
    code: 'CONFIG_INVALID',
    msg: expect.stringContaining('/etc/ambassador/ambassador.yaml') as string,
  });
});
