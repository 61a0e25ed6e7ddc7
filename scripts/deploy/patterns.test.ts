import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { loadManifests } from './load-manifests.ts';
import { formatRef, refOf } from './object-ref.ts';
import { PATTERNS, selectPatterns } from './patterns.ts';

const ROOT = join(import.meta.dirname, '../..');
const MANIFESTS = join(ROOT, 'manifests');

test('every folder that the manifests list is a pattern, and no other', () => {
  const { resources } = parse(readFileSync(join(MANIFESTS, 'kustomization.yaml'), 'utf8')) as { resources: string[] };
  const folders = PATTERNS.map(({ folder }) => folder);
  expect(['namespace', ...folders].toSorted()).toEqual(resources.toSorted());
});

/** How a manifest names a Service that it calls. */
const CALLS = { catalog: /host: catalog,|catalog\.pod-patterns\.svc/, 'git-server': /http:\/\/git-server\// };

test.each(PATTERNS)('$name needs those whose Services it calls', async ({ folder, needs }) => {
  const text = JSON.stringify(await loadManifests(join(MANIFESTS, folder)));
  const called = Object.entries(CALLS).flatMap(([name, call]) => (call.test(text) ? [name] : []));
  expect(called).toEqual(needs);
});

test('a selection has what it needs, each once', async () => {
  const { names, folders, isPartial } = selectPatterns(ROOT, 'haproxy,ambassador');
  expect({ names: [...names], isPartial }).toEqual({ names: ['ambassador', 'haproxy', 'catalog'], isPartial: true });
  const refs = (await loadManifests(folders)).map(({ object }) => formatRef(refOf(object)));
  expect(refs.filter((ref) => /^(Deployment|Namespace)/.test(ref))).toEqual([
    'Namespace/pod-patterns',
    'Deployment/ambassador',
    'Deployment/ambassador-haproxy',
    'Deployment/catalog',
  ]);
});

test('without a selection it is everything', async () => {
  const { folders, isPartial } = selectPatterns(ROOT, undefined);
  expect({ folders, isPartial }).toEqual({ folders: [MANIFESTS], isPartial: false });
});
