import { mkdtempDisposable, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test as base } from 'vitest';
import { compareFields, documentedFields } from '../../test/docs/json-fields.ts';
import { root } from '../../test/support/root.ts';
import { keepRun, readRuns, type UpRun } from './up-runs.ts';

const test = base.extend('cache', async ({}, { onCleanup }) => {
  const folder = await mkdtempDisposable(join(tmpdir(), 'up-runs-'));
  onCleanup(() => folder.remove());
  return join(folder.path, 'pod-patterns');
});

const run = (number: number): UpRun => ({
  startedAt: new Date(number).toISOString(),
  ok: true,
  durations: { images: number },
});

test('the last ten runs are kept, newest first', async ({ cache }) => {
  expect(await readRuns(cache)).toEqual([]);
  for (let number = 1; number <= 12; number += 1) await keepRun(cache, run(number));
  expect(await readRuns(cache)).toEqual([12, 11, 10, 9, 8, 7, 6, 5, 4, 3].map(run));
});

test('a file that cannot be used is as none, and is written anew', async ({ cache }) => {
  await keepRun(cache, run(1));
  await writeFile(join(cache, 'up-runs.json'), '[{"startedAt":');
  expect(await readRuns(cache)).toEqual([]);
  await keepRun(cache, run(2));
  expect(await readRuns(cache)).toEqual([run(2)]);
});

test('a cache that cannot be written to does no harm', async ({ cache }) => {
  await writeFile(cache, 'no folder');
  await keepRun(cache, run(1));
  expect(await readRuns(cache)).toEqual([]);
});

test('the report shows how long each step of up took, and where it ended', async ({ cache }) => {
  await keepRun(cache, { ...run(1), durations: { engine: 0.2, ready: 71.4 } });
  const env = { XDG_CACHE_HOME: join(cache, '..'), DOCKER_HOST: 'tcp://127.0.0.1:1' };
  const command = (...args: string[]) =>
    execa(process.execPath, [join(root, 'scripts/main.ts'), ...args], { env, reject: false });
  expect((await command('up')).exitCode).toBe(3);
  // Which begins nothing.
  expect((await command('up', '--only', 'nobody')).exitCode).toBe(2);

  const file = join(cache, 'report.html');
  const { stdout } = await command('report', '--output', file, '--json');
  const document = JSON.parse(stdout) as { runs: readonly UpRun[] };
  expect(document.runs).toMatchObject([
    { ok: false, durations: { engine: expect.any(Number) as number } },
    { ok: true },
  ]);
  const page = await readFile(join(root, 'docs/json.md'), 'utf8');
  expect(compareFields(documentedFields(page, 'report'), document)).toEqual([]);

  const html = (await readFile(file, 'utf8')).replaceAll(/\s+/g, ' ');
  expect(html).toContain('How long npm run up took');
  expect(html).toMatch(/<th scope="col">engine<\/th> ?<th scope="col">ready<\/th>/);
  expect(html).toMatch(
    /<td>1970-01-01T00:00:00.001Z<\/td> ?<td>well<\/td> ?<td>1 min 12 s<\/td> ?<td>0.2 s<\/td> ?<td>1 min 11 s<\/td>/,
  );
});
