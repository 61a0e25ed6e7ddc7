/** README.md says what the program does: each key with its default, and each metric with its labels. */
import { readFile } from 'node:fs/promises';
import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
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
