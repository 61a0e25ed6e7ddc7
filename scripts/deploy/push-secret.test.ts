import { expect, test } from 'vitest';
import { startFakeApiServer, type FakeApiServer } from '../../test/support/fake-api-server.ts';
import { applyKit } from './apply.ts';
import { createKubeClient } from './kube-client.ts';
import { planKit } from './plan.ts';
import { pushSecret } from './push-secret.ts';

const SCOPE = { namespace: 'kit', inventoryName: 'inventory' };

async function upWith(server: FakeApiServer) {
  await using client = await createKubeClient(server.kubeConfig, { timeoutMs: 2_000 });
  const manifests = [await pushSecret(client, SCOPE)];
  const plan = await planKit({ client, manifests, scope: SCOPE });
  const results = await applyKit({ client, manifests, scope: SCOPE, timeoutMs: 2_000 });
  const data = server.get('Secret', 'git-push')?.['data'] as Record<string, string> | undefined;
  const value = Buffer.from(data?.['secret'] ?? '', 'base64').toString();
  return { value, actions: results.map(({ action }) => action), plan: JSON.stringify(plan) };
}

test('the key is random, stays what it is, and is in no plan', async () => {
  await using server = await startFakeApiServer();
  const first = await upWith(server);
  expect(first.value).toMatch(/^[0-9a-f]{64}$/);
  const second = await upWith(server);
  expect(second).toMatchObject({ value: first.value, actions: ['unchanged', 'unchanged'] });
  await using other = await startFakeApiServer();
  const third = await upWith(other);
  expect(third.value).not.toBe(first.value);
  for (const { plan, value } of [first, second, third]) {
    expect(plan).not.toContain(value);
    expect(plan).not.toContain(Buffer.from(value).toString('base64'));
  }
});
