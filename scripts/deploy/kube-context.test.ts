import { mkdir, mkdtempDisposable, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { expect, test as base } from 'vitest';
import { stringify } from 'yaml';
import { loadContext } from './kube-context.ts';

const test = base.extend('folder', async ({}, { onCleanup }) => {
  const folder = await mkdtempDisposable(join(tmpdir(), 'kube-context-'));
  onCleanup(() => folder.remove());
  return folder.path;
});

interface Entry {
  readonly cluster?: object;
  readonly user?: object;
}

/** A kubeconfig with a context, a cluster and a user of each name. */
function kubeconfig(entries: Readonly<Record<string, Entry>>, current = 'nobody'): string {
  const names = Object.keys(entries);
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': current,
    contexts: names.map((name) => ({ name, context: { cluster: name, user: name } })),
    clusters: names.map((name) => ({
      name,
      cluster: { server: `https://${name}.example.org:6443`, ...entries[name]?.cluster },
    })),
    users: names.map((name) => ({ name, user: entries[name]?.user ?? {} })),
  });
}

test('takes the context that was named and nothing else, whichever is current', async ({ folder }) => {
  const path = join(folder, '.kube', 'config');
  await mkdir(join(folder, '.kube'));
  const text = kubeconfig(
    { staging: { cluster: { 'certificate-authority': 'ca.pem' } }, production: {} },
    'production',
  );
  await writeFile(path, text);
  const { kubeConfig, description } = await loadContext({ HOME: folder }, 'staging');
  expect(description).toBe('https://staging.example.org:6443 as staging');
  expect(kubeConfig.clusters.map(({ server }) => server)).toEqual(['https://staging.example.org:6443']);
  expect(kubeConfig.users.map(({ name }) => name)).toEqual(['staging']);
  expect(kubeConfig.currentContext).toBe('staging');
  // Beside the file that names it.
  expect(kubeConfig.clusters[0]?.caFile).toBe(join(folder, '.kube', 'ca.pem'));
  expect(await readFile(path, 'utf8')).toBe(text);
});

test('of several files the first that has the name wins; ~/.kube/config is then not looked at', async ({ folder }) => {
  const files = ['one', 'two'].map((name) => join(folder, name));
  await writeFile(files[0] ?? '', kubeconfig({ staging: { user: { token: 'first' } } }));
  await writeFile(files[1] ?? '', kubeconfig({ staging: { user: { token: 'second' } }, other: {} }));
  const env = { HOME: folder, KUBECONFIG: files.join(delimiter) };
  expect((await loadContext(env, 'staging')).kubeConfig.users).toMatchObject([{ token: 'first' }]);
  expect((await loadContext(env, 'other')).description).toContain('https://other.example.org');
});

test('names the program that logs in', async ({ folder }) => {
  const path = join(folder, 'config');
  await writeFile(path, kubeconfig({ cloud: { user: { exec: { command: 'cloud-login', apiVersion: 'v1' } } } }));
  expect((await loadContext({ KUBECONFIG: path }, 'cloud')).description).toMatch(
    /logs in with the program cloud-login$/,
  );
});

test('a context that is not there is answered with those there are', async ({ folder }) => {
  const path = join(folder, 'config');
  await writeFile(path, kubeconfig({ staging: {}, production: {} }));
  await expect(loadContext({ KUBECONFIG: path }, 'stagin')).rejects.toMatchObject({
    code: 'CONTEXT_ABSENT',
    message: expect.stringContaining(`"stagin" in ${path}`) as string,
    remedy: 'There is: staging, production.',
  });
});

test('a file that is missing or none is named', async ({ folder }) => {
  await expect(loadContext({ HOME: folder }, 'x')).rejects.toMatchObject({
    code: 'KUBECONFIG_UNREADABLE',
    message: expect.stringContaining(join(folder, '.kube', 'config')) as string,
  });
});

test.each([
  ['plain http', { server: 'http://10.1.2.3:80' }, {}, 'not https'],
  ['unchecked certificates', { 'insecure-skip-tls-verify': true }, {}, 'does not check the certificate'],
  ['a proxy', { 'proxy-url': 'http://proxy:3128' }, {}, 'sends requests through the proxy'],
  ['an auth provider', {}, { 'auth-provider': { name: 'gcp' } }, 'auth-provider plugin'],
])('refuses %s', async (_name, cluster, user, message) => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'kube-context-'));
  const path = join(folder.path, 'config');
  await writeFile(path, kubeconfig({ staging: { cluster, user } }));
  await expect(loadContext({ KUBECONFIG: path }, 'staging')).rejects.toMatchObject({
    code: 'KUBECONFIG_REFUSED',
    message: expect.stringContaining(message) as string,
  });
});
