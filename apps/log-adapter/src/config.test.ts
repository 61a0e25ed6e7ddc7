import { readFile } from 'node:fs/promises';
import { parseConfig } from '@pod-patterns/runtime/config-file.ts';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { AdapterConfigSchema } from './config.ts';

const read = (text: string) => parseConfig('log-adapter.yaml', text, AdapterConfigSchema);

describe('the smallest configuration', () => {
  test('is a path and a service', () => {
    expect(read('inputs: [{ path: /var/log/app.log, service: app }]')).toStrictEqual({
      inputs: [
        {
          name: '/var/log/app.log',
          path: '/var/log/app.log',
          paths: ['/var/log/app.log'],
          exclude: [],
          startAt: 'beginning',
          encoding: 'utf-8',
          service: 'app',
          maxEventBytes: 65_536,
          parsers: [],
        },
      ],
      schema: 'flat',
      enrichment: { env: {}, files: {} },
      redact: { mode: 'mask', keys: [], patterns: [] },
      metrics: [],
      limits: { maxOpenFiles: 1_024 },
      stateDir: '/var/lib/log-adapter',
      ops: { port: 9_903 },
    });
  });

  test('of JSON lines has the names that are usual', () => {
    const { inputs } = read('inputs: [{ path: /app.log, service: app, parser: { type: json } }]');
    expect(inputs[0]?.parsers[0]).toMatchObject({ type: 'json', time: 'time', level: 'level', message: 'msg' });
  });
});

test.each([
  ['path: /a/*.log', '/a/*.log', ['/a/*.log']],
  ['paths: [/a.log, /b.log]', '/a.log /b.log', ['/a.log', '/b.log']],
  ['stdin: true', 'stdin', []],
  ['fifo: /a', '/a', []],
  ['fifo: /a, name: web', 'web', []],
])('an input may be %s', (source, name, paths) => {
  expect(read(`inputs: [{ ${source}, service: a }]`).inputs).toMatchObject([{ name, paths }]);
});

describe('a fault', () => {
  const REGEX = '{ type: regex, pattern: "^(?<time>.*)$", timeFormat: rfc3339 }';
  const input = (more: string): string => `inputs: [{ path: /app.log, service: app, ${more} }]`;

  test.each([
    ['inputs: []', 'inputs'],
    ['inputs: [{ path: app.log, service: app }]', 'expected the full path of a file'],
    ['inputs: [{ path: /app.log, service: a }, { path: /app.log, service: b }]', 'the same path is there twice'],
    ['inputs: [{ service: a }]', 'expected one of path, paths, stdin, fifo, found none'],
    ['inputs: [{ path: /a, stdin: true, service: a }]', 'found path and stdin'],
    [input('parser: { type: json }, parsers: [{ type: json }]'), 'expected either parser or parsers'],
    [input('multiline: { timeoutMs: 100 }'), 'expected either start or continue'],
    [input('multiline: { start: a, continue: b }'), 'expected either start or continue'],
    [input('parser: { type: cri, parsers: [{ type: cri }] }'), 'parsers'],
    [`${input('')}\nschema: xml`, 'schema'],
    [`${input('')}\nredact: { patterns: ['(a)\\1'] }`, 'is a back-reference'],
    [`${input('')}\nenrichment: { env: { service: X } }`, 'this field is set by the adapter itself'],
    [`${input('')}\nmetrics: [{ name: log_adapter_x_total, type: counter }]`, 'are taken'],
    [`${input('')}\nmetrics: [{ name: a-b, type: counter }]`, 'expected the name of a metric'],
    [`${input('')}\nmetrics: [{ name: a, type: counter }]`, 'the name of a counter ends with _total'],
    [`${input('')}\nmetrics: [{ name: a, type: gauge }]`, 'needed, because a gauge is made of values'],
    [`${input('')}\nmetrics: [{ name: a, type: histogram, field: a, buckets: [2, 1] }]`, 'expected rising numbers'],
    [`${input('')}\nmetrics: [{ name: a_total, type: counter }, { name: a_total, type: counter }]`, 'the same name'],
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
