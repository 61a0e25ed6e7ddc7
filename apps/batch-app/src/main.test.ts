import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';

const MAIN = new URL('main.ts', import.meta.url).pathname;

test('answers, imports when it is asked to, logs it, and ends on SIGTERM with 0', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'batch-app-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const [settings, logFile] = [join(folder, 'application.properties'), join(folder, 'batch.log')];
  await writeFile(settings, `log.file=${logFile}\nimport.every-seconds=3600\nserver.port=0\n`);
  const child = spawn(process.execPath, [MAIN, settings], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));

  const log = () => readFile(logFile, 'utf8').catch(() => '');
  await expect
    .poll(log)
    .toMatch(/^[\d-]+ [\d:,]+ INFO  \[main\] com\.example\.batch\.BatchApplication \[\] - Started\n\tport=\d+\n/);
  const url = `http://127.0.0.1:${/port=(\d+)/.exec(await log())?.[1]}`;
  expect(await (await fetch(`${url}/actuator/health/readiness`)).json()).toEqual({ status: 'UP' });
  expect((await fetch(`${url}/absent`)).status).toBe(404);
  const statuses: number[] = [];
  for (let run = 1; run <= 5; run += 1) statuses.push((await fetch(`${url}/imports`, { method: 'POST' })).status);
  expect(statuses).toEqual([200, 200, 200, 200, 500]);
  expect(await log()).toMatch(
    / ERROR \[import-1\] .* \[run=5 file=orders-0005\.csv\] - Import failed\n(?:\t.*\n)+com\.example/,
  );

  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
  expect(await log()).toMatch(/ - Stopped\n\truns=5\n$/);
});

test('without settings that it can use it ends with 1, and says why', async () => {
  const child = spawn(process.execPath, [MAIN, '/absent/application.properties'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const [message, [exitCode]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  expect(exitCode).toBe(1);
  expect(message).toContain('/absent/application.properties');
});
