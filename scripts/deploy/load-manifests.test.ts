import { mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { loadManifests } from './load-manifests.ts';

const CONFIG_MAP = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\n';

async function folderOf(files: Readonly<Record<string, string>>) {
  const folder = await mkdtempDisposable(join(tmpdir(), 'manifests-'));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder.path, name)), { recursive: true });
    await writeFile(join(folder.path, name), text);
  }
  return folder;
}

test('reads files and folders in the order they are listed, each file once', async () => {
  await using folder = await folderOf({
    'kustomization.yaml':
      'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [b.yaml, one, one/../b.yaml]\n',
    'b.yaml': CONFIG_MAP,
    'one/kustomization.yaml': 'resources:\n  - ../b.yaml\n  - service.yaml\n',
    'one/service.yaml': 'apiVersion: v1\nkind: Service\nmetadata: { name: ambassador }\n',
  });
  const manifests = await loadManifests(folder.path);
  expect(manifests).toMatchObject([
    { object: { kind: 'ConfigMap', metadata: { name: 'settings' } }, file: join(folder.path, 'b.yaml') },
    { object: { kind: 'Service' }, file: join(folder.path, 'one/service.yaml') },
  ]);
  expect(await loadManifests([folder.path, join(folder.path, 'one')])).toHaveLength(2);
});

test('reads YAML as kubectl does: octal modes, on and off, and dates as text', async () => {
  await using folder = await folderOf({
    'kustomization.yaml': 'resources: [a.yaml]\n',
    'a.yaml': `${CONFIG_MAP}spec:\n  mode: 0644\n  isOn: on\n  day: 2026-11-23\n  ports: 80:30\n`,
  });
  const [manifest] = await loadManifests(folder.path);
  expect(manifest?.object['spec']).toEqual({ mode: 0o644, isOn: true, day: '2026-11-23', ports: '80:30' });
});

const KUSTOMIZATION = 'resources: [a.yaml]\n';

test.for([
  ['a tab', { 'a.yaml': 'kind: A\nmetadata:\n\tname: x\n' }, 'a.yaml:3:1: not valid YAML', 'never tabs'],
  ['a key twice', { 'a.yaml': `${CONFIG_MAP}kind: B\n` }, 'a.yaml:5:1: not valid YAML', 'Correct the YAML'],
  ['an unknown alias', { 'a.yaml': 'a: *nowhere\n' }, 'a.yaml: not valid YAML', 'Correct the YAML'],
  [
    'two objects',
    { 'a.yaml': `${CONFIG_MAP}---\n${CONFIG_MAP}` },
    'a.yaml:5:1: the file holds more',
    'one object a file',
  ],
  [
    'no kind',
    { 'a.yaml': 'apiVersion: v1\nmetadata: {name: x}\n' },
    'a.yaml:1:1: kind is missing',
    'Every object needs',
  ],
  [
    'no name',
    { 'a.yaml': 'apiVersion: v1\nkind: A\nmetadata:\n  labels: {}\n' },
    'a.yaml:3:1: metadata.name is',
    'Every',
  ],
  [
    'a number as name',
    { 'a.yaml': `${CONFIG_MAP.slice(0, -9)}17\n` },
    'a.yaml:4:3: metadata.name must be a text, not 17',
    'E',
  ],
  ['a list', { 'a.yaml': '- 1\n' }, 'a.yaml:1:1: the file does not hold an object', 'Write one'],
  ['an empty file', { 'a.yaml': '' }, 'a.yaml:1:1: the file does not hold an object', 'Write one'],
  [
    'a kustomization key',
    { 'kustomization.yaml': 'resources: [a.yaml]\nnamePrefix: my-\n', 'a.yaml': CONFIG_MAP },
    'kustomization.yaml:2:1: the key "namePrefix" is not supported',
    'Use only apiVersion, kind and resources',
  ],
  [
    'no resources',
    { 'kustomization.yaml': 'kind: Kustomization\n' },
    'kustomization.yaml:1:1: `resources` must',
    'Use',
  ],
  [
    'no such file',
    { 'kustomization.yaml': 'resources:\n- b.yaml\n' },
    'kustomization.yaml:2:3: there is no file',
    'Correct',
  ],
  [
    'no kustomization',
    { 'kustomization.yaml': 'resources: [x]\n', 'x/a.yaml': '' },
    'x/kustomization.yaml: cannot be',
    'Add',
  ],
] as const)('names file, line, column and remedy of %s', async ([, files, message, remedy]) => {
  await using folder = await folderOf({ 'kustomization.yaml': KUSTOMIZATION, ...files });
  await expect(loadManifests(folder.path)).rejects.toMatchObject({
    code: 'MANIFEST_INVALID',
    message: expect.stringContaining(join(folder.path, message)) as string,
    remedy: expect.stringContaining(remedy) as string,
  });
});

test('names both files of an object that is there twice', async () => {
  await using folder = await folderOf({
    'kustomization.yaml': 'resources: [a.yaml, b.yaml]\n',
    'a.yaml': CONFIG_MAP,
    'b.yaml': CONFIG_MAP,
  });
  await expect(loadManifests(folder.path)).rejects.toMatchObject({
    code: 'MANIFEST_DUPLICATE',
    message: `ConfigMap/settings is in ${folder.path}/a.yaml and again in ${folder.path}/b.yaml`,
  });
});
