/** README.md says what the program does: its keys and metrics, and how it did beside its peers when that was last run. */
import { readFile } from 'node:fs/promises';
import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { renderComparison } from '../../../test/bench/ambassador/render-comparison.ts';
import type { BenchmarkReport } from '../../../test/bench/benchmark.ts';
import { readBlock } from '../../../test/bench/readme-block.ts';
import { renderMarkdown } from '../../../test/conformance/board.ts';
import { failedMusts, worseThan, type SubjectResult } from '../../../test/conformance/results.ts';
import { renderResults } from '../../../test/soak/results.ts';
import { createConfigJsonSchema } from './config-json-schema.ts';
import { createMetrics } from './metrics.ts';

const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');

interface Node {
  readonly properties?: Readonly<Record<string, Node>>;
  readonly required?: readonly string[];
  readonly items?: Node;
  readonly additionalProperties?: Node | boolean;
  readonly default?: unknown;
}

/** Each key that holds a value, and how a file without it is read. */
function listKeys(node: Node, path = ''): [string, string | undefined][] {
  return Object.entries(node.properties ?? {}).flatMap(([key, child]) => {
    const name = path === '' ? key : `${path}.${key}`;
    if (child.items?.properties !== undefined) return listKeys(child.items, `${name}[]`);
    const each = child.additionalProperties;
    if (typeof each === 'object' && each.properties !== undefined) return listKeys(each, `${name}.<name>`);
    if (child.properties !== undefined) return listKeys(child, name);
    const preset = child.default === undefined ? undefined : JSON.stringify(child.default).replaceAll('"', '');
    return [[name, node.required?.includes(key) === true ? 'required' : preset]];
  });
}

/** The rows of the table under these headings. */
function rowsOf(...headings: string[]): string[][] {
  const [, table = ''] = readme.split(`| ${headings.join(' | ')} |\n`);
  const lines = table.split('\n').slice(1);
  const end = lines.findIndex((line) => !line.startsWith('|'));
  return lines.slice(0, end).map((line) =>
    line
      .split('|')
      .map((cell) => cell.trim().replaceAll('`', ''))
      .slice(1, -1),
  );
}

test('every key is in the table, with its default', () => {
  const rows = rowsOf('Key', 'Default', 'Meaning');
  const keys = listKeys(createConfigJsonSchema());
  // What has no default in the schema is told in words.
  const told = rows.map(([key, preset = '']) => [
    key,
    /^(?!required|true|false)[a-z]/.test(preset) ? undefined : preset,
  ]);
  expect(told).toStrictEqual(keys);
});

test('every metric is in the table, with its labels', () => {
  const registry = new Registry();
  createMetrics(registry, () => []);
  const metrics = registry.getMetricsAsArray() as unknown as { name: string; labelNames: string[] }[];
  const told = rowsOf('Metric', 'Labels').map(([name = '', labels = '']) => [
    name.split(' ')[0],
    [...labels.matchAll(/(?:^|, )(listener|upstream|method|code_class|state|code|reason|result)\b/g)].map(
      ([, label]) => label,
    ),
  ]);
  expect(Object.fromEntries(told)).toStrictEqual(
    Object.fromEntries(metrics.map(({ name, labelNames }) => [name, labelNames])),
  );
});

async function readKept<Kept>(path: string): Promise<Kept | undefined> {
  const text = await readFile(new URL(`../../../test/${path}`, import.meta.url), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as Kept);
}

test('the score board is the one of the last run, with no demand failed and nothing worse than HAProxy', async () => {
  const { subjects = [] } = (await readKept<{ subjects: SubjectResult[] }>('conformance/results.json')) ?? {};
  const [ours, haproxy] = ['ambassador', 'haproxy'].map((name) => subjects.find((subject) => subject.name === name));
  if (ours === undefined || haproxy === undefined) throw new Error('results.json lacks the ambassador or haproxy');
  expect(await readBlock('conformance')).toBe(renderMarkdown(subjects));
  expect([...failedMusts(ours), ...worseThan(ours, haproxy)]).toStrictEqual([]);
});

test('the figures are those of the last run of the benchmark', async () => {
  expect(await readBlock('bench')).toBe(
    renderComparison(await readKept<BenchmarkReport>('bench/results/ambassador.json')),
  );
});

test('the campaigns are those of the last full runs, and none failed', async () => {
  const table = await readBlock('campaigns');
  expect(table).toBe(await renderResults('ambassador-'));
  const rows = table.trim().split('\n').slice(2);
  expect(rows.filter((row) => row.split(' | ')[3] !== '0')).toStrictEqual([]);
});
