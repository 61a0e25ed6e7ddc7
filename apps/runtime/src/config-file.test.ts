import { mkdtemp, open, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test as base } from 'vitest';
import * as z from 'zod';
import { followConfigFile, readConfigFile } from './config-file.ts';
import type { AppError } from './errors.ts';
import { mountFile } from './test-support/mounted-file.ts';

const Schema = z.strictObject({ port: z.number().int().max(65_535) });

const test = base.extend('folder', async ({}, { onCleanup }) => {
  const folder = await mkdtemp(join(tmpdir(), 'config-file-'));
  onCleanup(() => rm(folder, { recursive: true }));
  return folder;
});

test('a valid file is read', async ({ folder }) => {
  const path = join(folder, 'app.yaml');
  await writeFile(path, 'port: 80\n');
  expect(await readConfigFile(path, Schema)).toEqual({ port: 80 });
});

test.each([
  ['is missing', undefined, 'CONFIG_UNREADABLE', /cannot read .*app\.yaml/],
  ['is not YAML', 'port: [80\n', 'CONFIG_INVALID', /not valid YAML.*line 2/s],
  ['has an unknown key', 'prot: 80\n', 'CONFIG_INVALID', /prot/],
  [
    'has a value out of range',
    'port: 70000\n',
    'CONFIG_INVALID',
    /line 1: port is 70000; it must be a whole number .* 65535$/,
  ],
])('a file that %s is an error that says so', async (_what, content, code, message) => {
  const folder = await mkdtemp(join(tmpdir(), 'config-file-'));
  const path = join(folder, 'app.yaml');
  if (content !== undefined) await writeFile(path, content);
  await expect(readConfigFile(path, Schema)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  await rm(folder, { recursive: true });
});

function follow(path: string, initialText: string) {
  const stop = new AbortController();
  const configs: unknown[] = [];
  const errors: AppError[] = [];
  const done = followConfigFile({
    path,
    schema: Schema,
    initialText,
    onChange: (config) => configs.push(config),
    onError: (error) => errors.push(error),
    signal: stop.signal,
    pollIntervalMs: 20,
  });
  return {
    configs,
    errors,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await done;
    },
  };
}

test('an edited file is told once; a bad one is told as an error and does not stop the following', async ({
  folder,
}) => {
  const path = join(folder, 'app.yaml');
  await writeFile(path, 'port: 1\n');
  await using followed = follow(path, 'port: 1\n');
  await writeFile(path, 'port: 2\n');
  await expect.poll(() => followed.configs).toEqual([{ port: 2 }]);
  await writeFile(path, 'port: no\n');
  await expect.poll(() => followed.errors.at(-1)?.message).toContain('port');
  await writeFile(path, 'port: 3\n');
  await expect.poll(() => followed.configs).toEqual([{ port: 2 }, { port: 3 }]);
});

test('a ConfigMap update as the kubelet makes it is noticed', async ({ folder }) => {
  const path = join(folder, 'app.yaml');
  const update = await mountFile(path, 'port: 1\n');
  await using followed = follow(path, 'port: 1\n');
  await update('port: 2\n');
  await expect.poll(() => followed.configs).toEqual([{ port: 2 }]);
});

test('a file that another takes the place of is noticed', async ({ folder }) => {
  const path = join(folder, 'app.yaml');
  await writeFile(path, 'port: 1\n');
  await using followed = follow(path, 'port: 1\n');
  await writeFile(join(folder, 'new'), 'port: 2\n');
  await rename(join(folder, 'new'), path);
  await expect.poll(() => followed.configs).toEqual([{ port: 2 }]);
});

test('a file that is gone is an error until it is there again, be it as it was', async ({ folder }) => {
  const path = join(folder, 'app.yaml');
  await writeFile(path, 'port: 1\n');
  await using followed = follow(path, 'port: 1\n');
  await rm(path);
  await expect.poll(() => followed.errors.map(({ code }) => code)).toEqual(['CONFIG_UNREADABLE']);
  await writeFile(path, 'port: 1\n');
  await expect.poll(() => followed.configs).toEqual([{ port: 1 }]);
});

test('half of a file that is still being written is not used, though it would be valid', async ({ folder }) => {
  const path = join(folder, 'app.yaml');
  await writeFile(path, 'port: 1\n');
  await using followed = follow(path, 'port: 1\n');
  const file = await open(path, 'w');
  for (const part of ['port: 2', '3', '4']) {
    await file.write(part);
    await sleep(15); // as long as a slow program takes from one write to the next
  }
  await file.close();
  await expect.poll(() => followed.configs).toEqual([{ port: 234 }]);
  expect(followed.errors).toEqual([]);
});
