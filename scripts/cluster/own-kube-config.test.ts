import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { startFakeMachine } from '../../test/support/fake-programs.ts';
import { loadOwnKubeConfig } from './own-kube-config.ts';

/** The kit's cluster, whose node has published port 41000, and a kubeconfig that leads to this server. */
async function load(server: string) {
  await using machine = await startFakeMachine({ docker: 'echo 127.0.0.1:41000' });
  const kubeconfigPath = join(machine.folder, 'kubeconfig');
  const kubeconfig = {
    'current-context': 'kind-pod-patterns',
    contexts: [{ name: 'kind-pod-patterns', context: { cluster: 'kind-pod-patterns', user: 'u' } }],
    clusters: [{ name: 'kind-pod-patterns', cluster: { server } }],
    users: [{ name: 'u', user: {} }],
  };
  await writeFile(kubeconfigPath, stringify(kubeconfig));
  const { engine } = machine;
  const cluster = { engine, name: 'pod-patterns', node: 'node', kubeconfigPath, ports: [], isNew: false };
  return await loadOwnKubeConfig(cluster);
}

test('a kubeconfig that leads to the node is used', async () => {
  const kubeConfig = await load('https://127.0.0.1:41000');
  expect(kubeConfig.getCurrentCluster()?.server).toBe('https://127.0.0.1:41000');
});

test.each([
  ['elsewhere', 'https://prod.example.org:41000', 'not on this machine'],
  ['to a port that somebody has forwarded', 'https://127.0.0.1:8443', 'the cluster pod-patterns is at 127.0.0.1:41000'],
])('one that only has the name, and leads %s, is refused', async (_where, server, message) => {
  await expect(load(server)).rejects.toMatchObject({
    code: 'KUBECONFIG_REFUSED',
    message: expect.stringContaining(message) as string,
    remedy: expect.stringContaining('npm run up') as string,
  });
});
