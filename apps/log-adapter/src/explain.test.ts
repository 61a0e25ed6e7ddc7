import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { parseConfig } from '@pod-patterns/runtime/config-file.ts';
import { expect, test } from 'vitest';
import { AdapterConfigSchema } from './config.ts';
import { configJsonSchema } from './json-schema.ts';
import { explain } from './explain.ts';
import { readConfig } from './parse-test-support.ts';
import { findProgress } from './regexp-progress.ts';

async function run(parsers: string, sample: string, { input = '0' } = {}): Promise<string[]> {
  const options = { config: readConfig(parsers), input, resources: new Map<string, string>(), now: () => 0 };
  const pieces = [];
  for await (const piece of explain(Readable.from([Buffer.from(sample)]), options)) pieces.push(piece);
  return pieces.join('').trimEnd().split('\n');
}

test('shows what an event becomes, and by which parser', async () => {
  const [head, output] = await run('[{ type: json }]', '{"msg":"hello","level":"warn"}\n');
  expect(head).toBe('event 1, 1 line: as json says');
  expect(JSON.parse(output ?? '')).toMatchObject({ msg: 'hello', level: 'warn', log_file: '/app.log' });
});

test('shows why each parser does not take it, and where', async () => {
  const pattern = String.raw`'^(?<level>[A-Z]+) (?<logger>\w+): (?<msg>.*)$'`;
  const lines = await run(`[{ type: json }, { type: regex, pattern: ${pattern} }]`, 'WARN shop-db: slow\n');
  expect(lines.slice(0, 3)).toStrictEqual([
    'event 1, 1 line: its raw text',
    '  not json: not_json at line 1, column 1: expected the { of a JSON object, found "WARN shop-db: slow"',
    '  not regex: no_match at line 1, column 10: expected what fits : (?<msg>.*)$, found "-db: slow"',
  ]);
  expect(JSON.parse(lines[3] ?? '')).toMatchObject({ msg: 'WARN shop-db: slow', parse_error: 'not_json' });
});

test('shows no secret, and does nothing to a terminal', async () => {
  const lines = await run('[{ type: json }]', 'password=c4nary\n\u001b[2J\n');
  expect(lines.join('\n')).not.toContain('c4nary');
  expect(lines.join('\n')).not.toContain('\u001b');
});

test('joins lines as the adapter does, an end without a newline included', async () => {
  const config = String.raw`inputs: [{ path: /a.log, service: a, multiline: { start: '^\w' }, parser: { type: regex, pattern: '^(?<msg>\w+)$' } }]`;
  const options = {
    config: parseConfig('config', config, AdapterConfigSchema),
    input: '/a.log',
    resources: new Map<string, string>(),
    now: () => 0,
  };
  const pieces = [];
  for await (const piece of explain(Readable.from([Buffer.from('one\n  more\ntwo')]), options)) pieces.push(piece);
  expect(pieces.join('')).toMatch(
    /^event 1, 2 lines: as regex says\n.*\nevent 2, 1 line: as regex says\n.*"partial":true/,
  );
});

test('says so if there was nothing, or no such input', async () => {
  expect(await run('[{ type: json }]', '\n')).toStrictEqual([
    'There was no event: give some lines of the log on stdin.',
  ]);
  await expect(run('[{ type: json }]', 'x', { input: 'web' })).rejects.toMatchObject({
    code: 'INPUT_UNKNOWN',
    message: 'there is no input "web"',
    remedy: 'Use one of: 0 (/app.log).',
  });
});

test.each([
  [/^a(?<b>b+)(?:c|d)e$/, 'abbcx', 4, 'e$'],
  [/^\d+ [A-Z]+$/, '12 x', 3, '[A-Z]+$'],
  [/^x/, 'abc', 0, 'x'],
  [/^(?:a|b)\(c\)$/, 'b(d', 2, String.raw`c\)$`],
])('a text fits %s up to a place: %s', (pattern, text, end, rest) => {
  expect(findProgress(pattern, text)).toStrictEqual({ end, rest });
});

test('the JSON Schema beside the program is that of the program', async () => {
  const file = new URL('../log-adapter.schema.json', import.meta.url);
  expect(JSON.parse(await readFile(file, 'utf8'))).toStrictEqual(JSON.parse(configJsonSchema()));
});
