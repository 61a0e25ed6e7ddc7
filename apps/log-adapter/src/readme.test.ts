/** The page says what the program does. */
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { configJsonSchema } from './json-schema.ts';
import { createMetrics } from './metrics.ts';
import { FIELD_NAMES, RESOURCE_NAMES } from './output-schema.ts';
import { SECRET_PATTERNS } from './secrets.ts';
import { Registry } from 'prom-client';

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly const?: string;
  readonly oneOf?: readonly Schema[];
}

const page = await readFile(new URL('../README.md', import.meta.url), 'utf8');
const schema = JSON.parse(configJsonSchema()) as Schema;

/** The names in the first cells of a table, which is the first one after a heading. */
function tableAfter(heading: string, nth = 0): string[] {
  const section = page.slice(page.indexOf(`\n## ${heading}\n`) + 1);
  const table = section.split(/\n(?=\n\|)/)[nth + 1] ?? '';
  const cells = table.split('\n').flatMap((row) => /^\| ?(?<cell>[^|]*)\|/.exec(row)?.groups?.['cell'] ?? []);
  return cells.flatMap((cell) =>
    Array.from(cell.matchAll(/`(?<name>[^`]+)`/g), ({ groups }) => groups?.['name'] ?? ''),
  );
}

/** `inputs[].multiline.start`, and all others; a parser has a table of its own. */
function keysOf({ properties = {}, items }: Schema, path = ''): string[] {
  if (items !== undefined && items.properties !== undefined) return keysOf(items, `${path}[]`);
  const entries = Object.entries(properties);
  if (entries.length === 0) return [path];
  return entries.flatMap(([name, inner]) => {
    const isParser = name === 'parser' || name === 'parsers';
    const key = path === '' ? name : `${path}.${name}`;
    return isParser ? [key] : keysOf(inner, key);
  });
}

test('every key of the configuration is explained, and no other', () => {
  expect(tableAfter('Configuration').sort()).toStrictEqual(keysOf(schema).sort());
});

test('every parser and its keys are explained, and no others', () => {
  const parsers = schema.properties?.['inputs']?.items?.properties?.['parser']?.oneOf ?? [];
  const types = parsers.map(({ properties }) => properties?.['type']?.const ?? '');
  expect(new Set(tableAfter('Parsers').filter((name) => types.includes(name)))).toStrictEqual(new Set(types));
  const keys = new Set(parsers.flatMap(({ properties = {} }) => Object.keys(properties)));
  keys.delete('type');
  expect(new Set(tableAfter('Parsers', 1))).toStrictEqual(keys);
});

test('the names of the schemas are those of the program', () => {
  for (const names of [...RESOURCE_NAMES, ...FIELD_NAMES]) {
    expect(page.replaceAll(/ +/g, ' ')).toContain(`| ${names.map((name) => `\`${name}\``).join(' | ')} |`);
  }
});

test('what counts as a secret is said', () => {
  for (const { what } of SECRET_PATTERNS) expect(page.replaceAll(/\s+/g, ' ')).toContain(what);
});

test('every metric is explained', async () => {
  const registry = new Registry();
  const nothing = () => new Map<string, number>();
  createMetrics(registry, { lagBytes: nothing, lagSeconds: nothing, openFiles: nothing, outputRetries: nothing });
  const names = (await registry.getMetricsAsJSON()).map(({ name }) => name);
  expect(names.filter((name) => !page.includes(`\`${name}`))).toStrictEqual([]);
});
