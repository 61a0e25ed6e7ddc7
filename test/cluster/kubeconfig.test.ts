/** The user's own kubeconfig: left alone unless a context of it is named, and then nothing else of it is used. */
import { mkdir, mkdtempDisposable, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject, test as base } from 'vitest';
import { cacheFolder } from '../../scripts/host/cache-folder.ts';
import { runScript, runUp } from '../support/kit.ts';
import { writeUserKubeconfig } from '../support/user-kubeconfig.ts';

const test = base.extend('user', async ({}, { onCleanup }) => {
  const stack = new AsyncDisposableStack();
  onCleanup(() => stack.disposeAsync());
  const home = stack.use(await mkdtempDisposable(join(tmpdir(), 'home-'))).path;
  await mkdir(join(home, '.kube'));
  const options = { kubeconfigPath: inject('kubeconfigPath'), context: 'staging' };
  const kubeconfig = stack.use(await writeUserKubeconfig(join(home, '.kube', 'config'), options));
  const env = { HOME: home, KUBECONFIG: kubeconfig.path, XDG_CACHE_HOME: join(cacheFolder(process.env), '..') };
  return { env, kubeconfig };
});

test('up neither reads nor writes it, and asks nothing of its current context', async ({ user }) => {
  await runUp({ env: user.env });
  expect(user.kubeconfig.trapped).toBe(0);
  expect(await readFile(user.kubeconfig.path, 'utf8')).toBe(user.kubeconfig.text);
});

test.each(['status', 'plan', 'explain'])('%s neither, and needs no home to write to', async (command) => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'kubeconfig-'));
  const options = { kubeconfigPath: inject('kubeconfigPath'), context: 'staging' };
  await using kubeconfig = await writeUserKubeconfig(join(folder.path, 'config'), options);
  // Nothing can be written there, whoever one is.
  const env = { HOME: '/proc', KUBECONFIG: kubeconfig.path, XDG_CACHE_HOME: join(cacheFolder(process.env), '..') };
  expect(await runScript(command, [], { env })).toMatchObject({ exitCode: 0 });
  expect(kubeconfig.trapped).toBe(0);
});

test('a context that is named is shown and used, and no other', async ({ user }) => {
  const { exitCode, stdout, stderr } = await runScript('status', ['--context', 'staging', '--json'], { env: user.env });
  expect({ exitCode, stderr }).toEqual({
    exitCode: 0,
    stderr: expect.stringMatching(/^Context staging: https:\/\/127\.0\.0\.1:\d+ as \S+, namespace pod-patterns$/m),
  });
  expect(JSON.parse(stdout)).toMatchObject({ ok: true, namespace: 'pod-patterns' });
  expect(user.kubeconfig.trapped).toBe(0);
  expect(await readFile(user.kubeconfig.path, 'utf8')).toBe(user.kubeconfig.text);
});

test.each([
  [['status', '--context', 'elsewhere'], 3, 'There is: staging, production'],
  [['status', '--context', 'production'], 3, 'does not check the certificate'],
  [['up', '--context', 'staging'], 2, '--context is given without --registry'],
  [['up', '--registry', 'r.example.org/kit'], 2, '--registry is given without --context'],
  [['down', '--all', '--context', 'staging'], 2, '--all is for the kit’s own cluster only'],
])('%j is refused', async ([command = '', ...args], exitCode, message) => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'kubeconfig-'));
  const options = { kubeconfigPath: inject('kubeconfigPath'), context: 'staging' };
  await using kubeconfig = await writeUserKubeconfig(join(folder.path, 'config'), options);
  const run = await runScript(command, args, { env: { KUBECONFIG: kubeconfig.path } });
  expect(run).toMatchObject({ exitCode, stderr: expect.stringContaining(message) as string });
  expect(kubeconfig.trapped).toBe(0);
});
