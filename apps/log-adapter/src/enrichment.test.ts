import { mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { followEnrichment, readEnrichment } from './enrichment.ts';

async function createFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'podinfo-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

test('reads variables and files; what is not there is left out', async () => {
  const folder = await createFolder();
  const labels = join(folder, 'labels');
  await writeFile(labels, 'app="web"\napp.kubernetes.io/name="a \\"b\\""\n');
  await writeFile(join(folder, 'name'), 'web-1');
  const config = {
    env: { namespace: 'POD_NAMESPACE', node: 'NODE_NAME', empty: 'EMPTY' },
    files: { labels, pod: join(folder, 'name'), annotations: join(folder, 'annotations') },
  };
  expect(await readEnrichment(config, { POD_NAMESPACE: 'shop', EMPTY: '' })).toStrictEqual(
    new Map([
      ['namespace', 'shop'],
      ['labels_app', 'web'],
      ['labels_app_kubernetes_io_name', 'a "b"'],
      ['pod', 'web-1'],
    ]),
  );
});

test('tells when the kubelet has changed a file', async () => {
  const folder = await createFolder();
  await writeFile(join(folder, 'one'), 'app="web"\n');
  await writeFile(join(folder, 'two'), 'app="shop"\n');
  const labels = join(folder, 'labels');
  await symlink('one', labels);
  const config = { env: {}, files: { labels } };
  const initial = await readEnrichment(config, {});
  const seen: unknown[] = [];
  const end = new AbortController();
  const following = followEnrichment(initial, {
    config: () => config,
    environment: {},
    onChange: (values) => seen.push(Object.fromEntries(values)),
    signal: end.signal,
    pollIntervalMs: 5,
  });
  await symlink('two', join(folder, 'next'));
  await rename(join(folder, 'next'), labels);
  await expect.poll(() => seen).toStrictEqual([{ labels_app: 'shop' }]);
  end.abort();
  await following;
});
