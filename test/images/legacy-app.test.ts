/** The image of the app that the helpers serve: nothing of it is to be seen from outside but a log file. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { removeLeftovers } from '../support/containers.ts';
import { startPod } from '../support/docker-pod.ts';
import { runToEnd } from '../support/run-to-end.ts';

beforeAll(removeLeftovers);

test('listens on loopback only, logs to its file only, and reads its settings again on SIGHUP', async () => {
  await using pod = await startPod('ambassador');
  const app = pod.container('legacy-app');
  const log = async () => (await app.exec('cat', '/var/log/legacy-app/legacy.log')).stdout;
  expect(await log()).toMatch(/^== \d\d\.\d\d\.\d{4} \d\d:\d\d:\d\d,\d{3} == NOTE == orders\.start ==\nStarted\n/);

  // Addresses in hexadecimal, bytes reversed: 127.0.0.1:8775. State 0A is LISTEN.
  const sockets = (await app.exec('cat', '/proc/net/tcp', '/proc/net/tcp6')).stdout;
  const listening = sockets.split('\n').filter((line) => /:2247 .* 0A /.test(line));
  expect(listening).toHaveLength(1);
  expect(listening[0]).toContain(' 0100007F:2247 ');

  const settings = join(pod.configFolder('ambassador-legacy-app'), 'legacy.ini');
  await writeFile(settings, `${await readFile(settings, 'utf8')}\nlog.keep = many\n`);
  await app.signal('SIGHUP');
  await expect.poll(log).toMatch(/== FAIL == orders\.settings ==\nSettings stay as they were: /);
  const { stdout, stderr } = await app.output();
  expect(stdout).toMatch(/^legacy-app: listening on 127\.0\.0\.1:8775[^\n]*\n?$/);
  expect(stderr).toBe('');
});

test('ends on SIGTERM with 0, and without settings with 1', async () => {
  await using pod = await startPod('ambassador');
  expect(await pod.container('legacy-app').stop(10)).toBe(0);
  const { exitCode, stderr } = await runToEnd('legacy-app', {});
  expect(exitCode).toBe(1);
  expect(stderr).toContain('/etc/legacy-app/legacy.ini');
});
