import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { loadKubeConfig } from './kube-config.ts';

function kubeConfigText(cluster: object, user: object): string {
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'kit',
    contexts: [{ name: 'kit', context: { cluster: 'c', user: 'u' } }],
    clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:6443', ...cluster } }],
    users: [{ name: 'u', user }],
  });
}

async function load(text: string) {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'kubeconfig-'));
  const path = join(folder.path, 'config');
  await writeFile(path, text);
  return await loadKubeConfig(path);
}

test.each(['https://127.0.0.1:6443', 'https://127.8.9.10', 'https://localhost:1', 'https://[::1]:6443'])(
  'accepts a cluster of this machine at %s',
  async (server) => {
    const kubeConfig = await load(kubeConfigText({ server, 'certificate-authority-data': 'AAAA' }, {}));
    expect(kubeConfig.getCurrentCluster()?.server).toBe(server);
  },
);

test.each([
  ['a server elsewhere', { server: 'https://10.1.2.3:6443' }, {}, 'names the server https://10.1.2.3:6443'],
  ['a name that only begins like loopback', { server: 'https://127.0.0.1.example.com' }, {}, 'names the server'],
  ['plain http', { server: 'http://127.0.0.1:80' }, {}, 'not https'],
  ['no URL', { server: 'nowhere' }, {}, 'names the server nowhere'],
  ['unchecked certificates', { 'insecure-skip-tls-verify': true }, {}, 'does not check the certificate'],
  ['a proxy', { 'proxy-url': 'http://proxy:3128' }, {}, 'sends requests through the proxy'],
  ['an exec plugin', {}, { exec: { command: 'evil', apiVersion: 'v1' } }, 'run a program (exec)'],
  ['an auth provider', {}, { 'auth-provider': { name: 'gcp' } }, 'auth-provider plugin'],
])('refuses %s', async (_name, cluster, user, message) => {
  await expect(load(kubeConfigText(cluster, user))).rejects.toMatchObject({
    code: 'KUBECONFIG_REFUSED',
    message: expect.stringContaining(message) as string,
    remedy: expect.stringContaining('npm run up') as string,
  });
});

test('says that a context leads nowhere, or that the file cannot be read', async () => {
  const text = kubeConfigText({}, {}).replace('current-context: kit', 'current-context: prod');
  await expect(load(text)).rejects.toMatchObject({
    code: 'KUBECONFIG_REFUSED',
    message: expect.stringContaining('"prod"') as string,
  });
  await expect(loadKubeConfig('/nowhere/config')).rejects.toMatchObject({ code: 'KUBECONFIG_UNREADABLE' });
  await expect(load('a: [')).rejects.toMatchObject({ code: 'KUBECONFIG_UNREADABLE' });
});
