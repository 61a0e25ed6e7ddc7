/** `down` takes what is the kit's and leaves what is not; `up` brings it back. */
import { expect, test } from 'vitest';
import { connectToKit, NAMESPACE, runScript, runUp } from '../support/kit.ts';

const { core } = await connectToKit();

test('down leaves nothing of the kit and everything of others', async () => {
  const foreign = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'foreign' }, data: { key: 'value' } };
  await core.createNamespacedConfigMap({ namespace: NAMESPACE, body: foreign });
  const others = 'others';
  await core.createNamespace({ body: { metadata: { name: others } } });
  try {
    const first = await runScript('down');
    expect(first).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('ConfigMap/foreign') });
    const { items } = await core.listNamespacedConfigMap({ namespace: NAMESPACE });
    // Kubernetes itself puts its certificate into every namespace.
    expect(new Set(items.map(({ metadata }) => metadata?.name))).toEqual(new Set(['foreign', 'kube-root-ca.crt']));
    expect((await core.listNamespacedPod({ namespace: NAMESPACE })).items).toEqual([]);
    expect((await core.listNamespacedPersistentVolumeClaim({ namespace: NAMESPACE })).items).toEqual([]);
    expect((await core.readNamespace({ name: others })).status?.phase).toBe('Active');

    await core.deleteNamespacedConfigMap({ name: 'foreign', namespace: NAMESPACE });
    // Nobody else has anything in it now; whose it is was not forgotten.
    const second = await runScript('down');
    expect(second.exitCode).toBe(0);
    const third = await runScript('down');
    expect(third).toMatchObject({ exitCode: 0, stdout: 'There was nothing to remove.' });
  } finally {
    await core.deleteNamespace({ name: others });
  }
});

test('up brings it back', async () => {
  const up = await runUp();
  expect(up.objects.filter(({ action }) => action === 'created').length).toBeGreaterThan(20);
});
