import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ORIGIN, readConfig, transform } from './parse-test-support.ts';
import { createTransform, Transforms } from './transform.ts';

const ALL = '[{ type: json }, { type: logfmt }, { type: accessLog }, { type: nginxError }, { type: cri }]';

const RESERVED = ['level', 'time', 'service', 'log_file', 'observed_time', 'parse_error', 'pod'];

test('whatever is in a line, one line of valid JSON comes out, and nothing of ours is another', () => {
  const config = readConfig(ALL);
  const piece = fc.oneof(
    fc.string({ unit: fc.nat(0xff_ff).map((code) => String.fromCharCode(code)), maxLength: 20 }),
    fc.constantFrom(
      '"',
      '\\',
      '{',
      '}',
      '=',
      ' ',
      '10.0.0.1 - - [23/Nov/2026:22:34:28 +0000] "',
      '" 200 5',
      '\u001b[2J',
    ),
    fc.constantFrom(
      '{"level":60,"msg":"',
      '","service":"forged"',
      'service=forged ',
      'password=',
      '2026-11-23T22:34:28Z stdout F ',
    ),
  );
  const text = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''));
  fc.assert(
    fc.property(text, (string) => {
      const output = transform(string, config, new Map([['pod', 'web-1']])).text;
      for (const json of output.trimEnd().split('\n')) {
        expect(JSON.parse(json)).toMatchObject({ service: 'app', log_file: '/app.log', pod: 'web-1' });
        for (const name of RESERVED) expect(json.split(`,"${name}":`).length).toBeLessThanOrEqual(2);
      }
      expect(output.endsWith('\n')).toBe(true);
    }),
    { numRuns: 1_000 },
  );
});

test('JSON in a line that is no JSON is text', () => {
  const { line } = transform('{"level":60,"msg":"forged"} and more');
  expect(line).toMatchObject({ level: 'warn', parse_error: 'not_json', msg: '{"level":60,"msg":"forged"} and more' });
});

test('keys of the log that are ours are renamed', () => {
  const forged = { service: 'x', log_file: 'x', observed_time: 'x', parse_error: 'x', truncated: true };
  expect(transform(JSON.stringify({ msg: 'hello', ...forged })).line).toMatchObject({
    service: 'app',
    log_file: '/app.log',
    field_service: 'x',
    field_log_file: 'x',
    field_observed_time: 'x',
    field_parse_error: 'x',
    field_truncated: true,
  });
});

test('with and without a look at the bytes before, the same comes out', () => {
  const config = readConfig('[{ type: accessLog }]');
  const line = '10.0.0.1 - - [23/Nov/2026:22:34:28 +0000] "GET /a HTTP/1.1" 200 5 "-" "curl/8"';
  const [input] = config.inputs;
  if (input === undefined) throw new Error('no input');
  const { write } = createTransform(input, { config, resources: new Map() });
  expect(write([line], { ...ORIGIN, traits: 0 })).toBe(write([line], ORIGIN));
});

test('counts what became of the events', () => {
  const config = readConfig('[{ type: json, keys: { n: { type: number } } }]');
  const [input] = config.inputs;
  if (input === undefined) throw new Error('no input');
  const { write, takeOutcome } = createTransform(input, { config, resources: new Map() });
  for (const text of ['{"level":"error"}', '{"n":"many"}', 'hello', 'hello']) write([text], ORIGIN);
  const { levels, failures } = takeOutcome();
  expect(levels).toMatchObject({ error: 1, info: 1, warn: 2, debug: 0 });
  expect(failures).toStrictEqual(
    new Map([
      ['bad_field', 1],
      ['not_json', 2],
    ]),
  );
  expect(takeOutcome()).toMatchObject({ levels: { error: 0 }, failures: new Map() });
});

test('what all have in common may change while it runs', () => {
  const config = readConfig('[{ type: json }]');
  const [input] = config.inputs;
  if (input === undefined) throw new Error('no input');
  const transforms = new Transforms({ config, resources: new Map() });
  const before = transforms.of(input);
  expect(transforms.of(input)).toBe(before);
  transforms.use({ ...transforms.context, resources: new Map([['pod', 'web-2']]) });
  expect(transforms.of(input).write(['{}'], ORIGIN)).toContain('"pod":"web-2"');
});
