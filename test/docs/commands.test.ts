/** What the documentation tells to type, and what it lists, is what there is. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';
import { markdownFiles } from './broken-links.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

const names = z.record(z.string(), z.string());
const packageJson = z
  .object({ scripts: names, dependencies: names, devDependencies: names, optionalDependencies: names })
  .parse(JSON.parse(read('package.json')));

const pages = markdownFiles(ROOT).map((file) => ({ file, text: read(file) }));

/** Each match of the pattern's first group in all pages, with the page. */
function mentions(pattern: RegExp): { file: string; mention: string }[] {
  return pages.flatMap(({ file, text }) =>
    [...text.matchAll(pattern)].map(([, mention = '']) => ({ file, mention: mention.replace(/[.:]+$/, '') })),
  );
}

test('every `npm run …` of a page is a script of package.json', () => {
  const found = mentions(/\bnpm run (?:-s )?([\w:]+)/g);
  expect(found).toContainEqual({ file: 'README.md', mention: 'up' });
  expect(found.filter(({ mention }) => !Object.hasOwn(packageJson.scripts, mention))).toEqual([]);
});

test('every folder that a page applies with kubectl is one', () => {
  const found = mentions(/\b(?:apply|delete) -k (manifests[\w/.-]*)/g);
  expect(found).toContainEqual({ file: 'README.md', mention: 'manifests/ambassador' });
  expect(found.filter(({ mention }) => !existsSync(join(ROOT, mention, 'kustomization.yaml')))).toEqual([]);
});

test('README.md says of each dependency why it is there, and of no other', () => {
  const { dependencies, devDependencies, optionalDependencies } = packageJson;
  const [, list = ''] = /^Why [^\n]*:\n\n([^]*?)\n\n/m.exec(read('README.md')) ?? [];
  const heads = [...list.matchAll(/^- ([^:]*):/gm)].map(([, head = '']) => head);
  const listed = heads.flatMap((head) => [...head.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name));
  const actual: readonly string[] = Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies });
  expect(listed.toSorted()).toEqual(actual.toSorted());
});

test('README.md names every port that kind-config.yaml maps', () => {
  const config = z
    .object({ nodes: z.array(z.object({ extraPortMappings: z.array(z.object({ hostPort: z.number() })) })) })
    .parse(parse(read('kind-config.yaml')));
  const ports = config.nodes.flatMap(({ extraPortMappings }) => extraPortMappings.map(({ hostPort }) => hostPort));
  expect(ports.length).toBeGreaterThan(0);
  expect(ports.filter((port) => !read('README.md').includes(`127.0.0.1:${port}`))).toEqual([]);
});
