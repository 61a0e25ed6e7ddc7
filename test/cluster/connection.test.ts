/** The connections of the Kubernetes client: nothing of them may end the process. */
import { execa } from 'execa';
import { expect, inject, test } from 'vitest';
import { root } from '../support/root.ts';

test('a watch that was aborted does no harm when its connection lies idle afterwards', async () => {
  // Longer than undici keeps an idle connection: 4 s.
  const script = `
    import { createKubeClient } from '${root}scripts/deploy/kube-client.ts';
    import { loadKubeConfig } from '${root}scripts/deploy/kube-config.ts';
    import { followNamespaceState } from '${root}scripts/deploy/namespace-state.ts';
    const client = await createKubeClient(await loadKubeConfig(process.argv[1]));
    const stop = new AbortController();
    const seen = Promise.withResolvers();
    const following = followNamespaceState(client, { namespace: 'pod-patterns', signal: stop.signal, onChange: seen.resolve, onTrouble: seen.reject });
    await seen.promise;
    stop.abort();
    await following.catch(() => {});
    setTimeout(() => process.exit(0), 6000);`;
  const { exitCode, stderr } = await execa(
    process.execPath,
    ['--input-type=module', '--eval', script, inject('kubeconfigPath')],
    { reject: false },
  );
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
});
