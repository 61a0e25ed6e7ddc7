import { readFile } from 'node:fs/promises';
import { parseConfig } from '@pod-patterns/runtime/config-file.ts';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { AdapterConfigSchema } from './config.ts';

const read = (text: string) => parseConfig('log-adapter.yaml', text, AdapterConfigSchema);

describe('the smallest configuration', () => {
  test('is a path and a service', () => {
    expect(read('inputs: [{ path: /var/log/app.log, service: app }]')).toStrictEqual({
      inputs: [{ path: '/var/log/app.log', service: 'app', maxEventBytes: 65_536 }],
      stateDir: '/var/lib/log-adapter',
      ops: { port: 9_903 },
    });
  });

  test('of JSON lines has the names that are usual', () => {
    const { inputs } = read('inputs: [{ path: /app.log, service: app, parser: { type: json } }]');
    expect(inputs[0]?.parser).toMatchObject({ type: 'json', time: 'time', level: 'level', message: 'msg' });
  });
});

describe('a fault', () => {
  const REGEX = '{ type: regex, pattern: "^(?<time>.*)$", timeFormat: rfc3339 }';
  const input = (more: string): string => `inputs: [{ path: /app.log, service: app, ${more} }]`;

  test.each([
    ['inputs: []', 'inputs'],
    ['inputs: [{ path: app.log, service: app }]', 'expected the full path of a file'],
    ['inputs: [{ path: /app.log, service: a }, { path: /app.log, service: b }]', 'the same path is there twice'],
    [input('color: red'), 'color'],
    [input('multiline: { start: "(?=x)" }'), 'cannot be run in linear time'],
    [input('multiline: { start: "(" }'), 'Unterminated group'],
    [input('maxEventBytes: 10'), 'maxEventBytes'],
    [input('parser: { type: csv }'), 'parser'],
    [input('parser: { type: regex, pattern: "^(?<time>.*)$" }'), 'needed, because the pattern has the group'],
    [input(`parser: ${REGEX.replace('rfc3339', 'yyyy')}`), 'lacks MM, dd, HH, mm, ss'],
    [
      input(`parser: ${REGEX.replace(' }', ', fields: { pattern: "^(?<key>.*)" } }')}`),
      'lacks the group (?<value>...)',
    ],
    [input(`parser: ${REGEX.replace(' }', ', levels: { LOUD: noisy } }')}`), 'levels'],
    [
      input(
        `parser: ${REGEX.replace(' }', ', fields: { pattern: "(?<key>.)(?<value>.)", keys: { a: { name: time } } } }')}`,
      ),
      'this field is set by the adapter itself',
    ],
  ])('in %s is named', (text, message) => {
    expect(() => read(text)).toThrow(message);
  });
});

test('the example and the manifest say the same, and are valid', async () => {
  const example = await readFile(new URL('../examples/legacy-app.yaml', import.meta.url), 'utf8');
  const manifest = new URL('../../../manifests/adapter/log-adapter-config.yaml', import.meta.url);
  const configMap = parse(await readFile(manifest, 'utf8')) as { data: Record<string, string> };
  expect(configMap.data['log-adapter.yaml']).toBe(example);
  expect(read(example).inputs[0]?.path).toBe('/var/log/legacy-app/legacy.log');
});
