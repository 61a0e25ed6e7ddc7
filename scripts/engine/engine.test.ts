import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test as base } from 'vitest';
import { createHost } from '../host/host.ts';
import { requireDiskSpace } from './disk-space.ts';
import { ensureEngine } from './engine.ts';

const { signal } = new AbortController();

const test = base.extend('folder', async ({}, { onCleanup }) => {
  const folder = await mkdtemp(join(tmpdir(), 'engine-'));
  onCleanup(() => rm(folder, { recursive: true }));
  return folder;
});

/** A machine whose `docker` says that and fails; no engine of this machine is asked. */
async function machine(folder: string, stderr: string | undefined, env: Record<string, string> = {}) {
  if (stderr !== undefined) {
    await writeFile(join(folder, 'docker'), `#!/bin/sh\necho "${stderr}" >&2\nexit 1\n`);
    await chmod(join(folder, 'docker'), 0o755);
  }
  return createHost({ PATH: folder, XDG_CACHE_HOME: join(folder, 'cache'), ...env }, signal);
}

const asUser = { canInstall: async () => false };

test('an engine that may not be used is left alone, and the group is named', async ({ folder }) => {
  const host = await machine(folder, 'permission denied while trying to connect to the Docker daemon socket');
  await expect(ensureEngine(host, () => {}, asUser)).rejects.toMatchObject({
    code: 'ENGINE_FORBIDDEN',
    remedy: expect.stringContaining('usermod -aG docker'),
  });
});

test('without an engine and without the rights to set one up, the error says how to get one', async ({ folder }) => {
  const noClient = await machine(folder, undefined);
  await expect(ensureEngine(noClient, () => {}, asUser)).rejects.toMatchObject({
    code: 'ENGINE_MISSING',
    message: expect.stringContaining('there is no docker command'),
    remedy: expect.stringContaining('Install and start Docker'),
  });
  const noDaemon = await machine(folder, 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock.');
  await expect(ensureEngine(noDaemon, () => {}, asUser)).rejects.toMatchObject({ code: 'ENGINE_MISSING' });
});

test('an engine that the user has named and that does not answer is never replaced by another', async ({ folder }) => {
  const host = await machine(folder, 'Cannot connect to the Docker daemon', { DOCKER_HOST: 'tcp://127.0.0.1:1' });
  await expect(ensureEngine(host, () => {}, { canInstall: async () => true })).rejects.toMatchObject({
    code: 'ENGINE_UNREACHABLE',
    message: expect.stringContaining('DOCKER_HOST=tcp://127.0.0.1:1'),
  });
});

test('too little room on the disk is said in numbers', async ({ folder }) => {
  await expect(requireDiskSpace(join(folder, 'new'), 2 ** 60)).rejects.toMatchObject({
    code: 'DISK_FULL',
    message: expect.stringMatching(/GiB are free at .*new, 1073741824\.0 GiB are needed/),
  });
  await requireDiskSpace(folder, 1);
});
