import { globSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Kustomization } from './schema.ts';
import {
  kustomizationFiles,
  manifests,
  MANIFESTS,
  objectFiles,
  pods,
  readDocuments,
  yamlFiles,
} from './read-manifests.ts';

const LABEL = 'app.kubernetes.io/';

// Whether it has the right fields was checked when read-manifests.ts read it.
test.each(objectFiles)('%s is one object', (file) => {
  expect(readDocuments(join(MANIFESTS, file))).toHaveLength(1);
});

describe.each(kustomizationFiles)('%s', (file) => {
  const folder = join(MANIFESTS, dirname(file));
  const [document, ...others] = readDocuments(join(MANIFESTS, file));

  test('has apiVersion, kind and resources, and nothing else', () => {
    expect(others).toEqual([]);
    expect(Kustomization.safeParse(document).error).toBeUndefined();
  });

  test('lists every YAML file beside it and every folder below it, and nothing outside', () => {
    const { resources } = Kustomization.parse(document);
    expect([...resources].sort()).toEqual([...files(folder), ...nearestKustomizations(folder)].sort());
  });
});

test('every YAML file is in a folder with a kustomization.yaml', () => {
  const folders = new Set(kustomizationFiles.map((file) => dirname(file)));
  expect(yamlFiles.filter((file) => !folders.has(dirname(file)))).toEqual([]);
});

test('the namespace is applied before what lives in it', () => {
  const [root] = readDocuments(join(MANIFESTS, 'kustomization.yaml'));
  expect(Kustomization.parse(root).resources[0]).toBe('namespace');
});

test.each(manifests)('$file is in the namespace and labelled', ({ object }) => {
  const { name, namespace, labels } = object.metadata;
  expect(object.kind === 'Namespace' ? name : namespace).toBe('pod-patterns');
  expect(labels).toMatchObject({
    [`${LABEL}name`]: expect.stringMatching(/./),
    [`${LABEL}part-of`]: 'pod-patterns',
    [`${LABEL}component`]: expect.stringMatching(/^(namespace|pattern|support|twin)$/),
  });
});

test('no two files describe the same object, so that all folders can be applied together', () => {
  const names = manifests.map(({ object }) => `${object.kind}/${object.metadata.name}`);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});

test.each(pods)('the Deployment $name selects its own Pods by name alone', ({ name, deployment }) => {
  const { selector, template } = deployment.spec;
  expect(deployment.metadata.labels).toMatchObject({ [`${LABEL}name`]: name });
  expect(template.metadata.labels).toEqual(deployment.metadata.labels);
  expect(selector.matchLabels).toEqual({ [`${LABEL}name`]: name });
});

test('the namespace enforces the restricted standard at a pinned version', () => {
  const namespace = manifests.find(({ object }) => object.kind === 'Namespace');
  const mode = 'pod-security.kubernetes.io/';
  expect(namespace?.object.metadata.labels).toMatchObject({
    [`${mode}enforce`]: 'restricted',
    [`${mode}enforce-version`]: expect.stringMatching(/^v1\.\d+$/),
    [`${mode}audit`]: 'restricted',
    [`${mode}warn`]: 'restricted',
  });
});

function files(folder: string): string[] {
  return globSync('*.{yaml,yml}', { cwd: folder }).filter((file) => file !== 'kustomization.yaml');
}

/** The folders below this one that have a kustomization, without those that one of them includes itself. */
function nearestKustomizations(folder: string): string[] {
  // What lessons apply is not the kit's.
  const below = globSync('*/**/kustomization.yaml', { cwd: folder, exclude: ['concepts'] }).map((file) =>
    dirname(file),
  );
  return below.filter((path) => !below.some((other) => other !== path && !relative(other, path).startsWith('..')));
}
