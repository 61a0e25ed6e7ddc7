import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test as base } from 'vitest';
import { z } from 'zod';
import { followConfigFile, readConfigFile } from './config-file.ts';
import type { AppError } from './errors.ts';

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
  ['has a value out of range', 'port: 70000\n', 'CONFIG_INVALID', /65535.*port/s],
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
  const publish = async (version: string, content: string) => {
    await mkdir(join(folder, version));
    await writeFile(join(folder, version, 'app.yaml'), content);
    await symlink(version, join(folder, '..data_tmp'));
    await rename(join(folder, '..data_tmp'), join(folder, '..data'));
  };
  await publish('..v1', 'port: 1\n');
  await symlink('..data/app.yaml', join(folder, 'app.yaml'));
  await using followed = follow(join(folder, 'app.yaml'), 'port: 1\n');
  await publish('..v2', 'port: 2\n');
  await expect.poll(() => followed.configs).toEqual([{ port: 2 }]);
});
