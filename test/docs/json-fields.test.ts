import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { COMMANDS } from '../../scripts/commands/catalog.ts';
import { compareFields, documentedFields, type DocumentedField } from './json-fields.ts';

const ROOT = join(import.meta.dirname, '../..');
const page = readFileSync(join(ROOT, 'docs/json.md'), 'utf8');

const field = (path: string, more: Partial<DocumentedField> = {}) => ({
  path,
  isOptional: false,
  isAny: false,
  ...more,
});

test('finds what is not documented, and what is documented and not printed', () => {
  const fields = [
    field('a'),
    field('list[].b'),
    field('map.*'),
    field('x', { isAny: true }),
    field('o', { isOptional: true }),
  ];
  expect(compareFields(fields, { a: 1, list: [{ b: 1 }], map: { any: 1, 'a.log': 1 }, x: { y: [1] } })).toEqual([]);
  expect(compareFields(fields, { a: 1, list: [], map: {}, x: null })).toEqual([]);
  expect(compareFields(fields, { list: [{ c: 1 }], map: { any: 1 }, x: 1 })).toEqual([
    'list[].c is not documented',
    'a is not printed',
    'list[].b is not printed',
  ]);
});

test('every command that has --json has its fields on the page', async () => {
  const commands = await Promise.all(COMMANDS.map(async (entry) => ({ ...entry, ...(await entry.load()).command })));
  const withJson = commands.filter(({ hasJson }) => hasJson !== false).map(({ name }) => name);
  expect(withJson.filter((name) => !page.includes(`\n## \`${name}\`\n`))).toEqual([]);
});

test('an error is printed as documented', async () => {
  const args = [join(ROOT, 'scripts/main.ts'), 'up', '--json', '--only', 'nobody'];
  const { stdout } = await execa(process.execPath, args, { reject: false });
  const document = JSON.parse(stdout) as unknown;
  expect(document).toMatchObject({ schemaVersion: 1, error: { code: 'USAGE' } });
  expect(compareFields(documentedFields(page, 'Every document'), document)).toEqual([]);
});
