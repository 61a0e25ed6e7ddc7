/** A ConfigMap that is broken by hand: the old configuration serves on, and status says what is wrong. */
import { setHeaderOptions, PatchStrategy } from '@kubernetes/client-node';
import { expect, test } from 'vitest';
import { hurryKubelet } from '../support/hurry-kubelet.ts';
import { connectToKit, NAMESPACE, runScript } from '../support/kit.ts';

const { core, pods, urls } = await connectToKit();
const CONFIG = 'ambassador-config';

async function writeConfig(text: string): Promise<void> {
  await core.patchNamespacedConfigMap(
    { name: CONFIG, namespace: NAMESPACE, body: { data: { 'ambassador.yaml': text } } },
    setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
  );
  await hurryKubelet(core, { name: await pods.podName('ambassador'), namespace: NAMESPACE });
}

test('a broken ambassador.yaml changes nothing but what status says', async () => {
  const configMap = await core.readNamespacedConfigMap({ name: CONFIG, namespace: NAMESPACE });
  const good = configMap.data?.['ambassador.yaml'] ?? '';
  try {
    await writeConfig(good.replace('upstream: legacy-app', 'upstraem: legacy-app'));
    await expect
      .poll(async () => (await runScript('status')).stdout, { timeout: 150_000, interval: 1_000 })
      .toContain('upstraem');
    expect((await fetch(`${urls['ambassador']}/orders/1`)).status).toBe(200);
  } finally {
    await writeConfig(good);
  }
  await expect
    .poll(async () => (await runScript('status')).stdout, { timeout: 150_000, interval: 1_000 })
    .not.toContain('upstraem');
});
