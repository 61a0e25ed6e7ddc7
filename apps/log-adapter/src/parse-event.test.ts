import { readFile } from 'node:fs/promises';
import { parseConfig } from '@pod-patterns/runtime/config-file.ts';
import { describe, expect, test } from 'vitest';
import { AdapterConfigSchema } from './config.ts';
import { createEventReader } from './parse-event.ts';
import { parse as parseAs } from './parse-test-support.ts';

const exampleFile = new URL('../examples/legacy-app.yaml', import.meta.url);
const example =
  parseConfig('example', await readFile(exampleFile, 'utf8'), AdapterConfigSchema).inputs[0]?.parsers ?? [];

const parse = (text: string) => createEventReader(example)(text.split('\n'), undefined);

const HEADER = '== 23.11.2026 22:34:28,123 == NOTE == orders.http ==';
const TIME_MS = Date.parse('2026-11-23T22:34:28.123Z');

describe('with the example for legacy-app', () => {
  test('a request becomes the fields of the schema', () => {
    const text = `${HEADER}
GET /orders/17 answered 200
  .request-id = 1f0c3d2e
  .traceparent = 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
  .method = GET
  .path = /orders/17
  .status = 200
  .took = 0.012s`;
    expect(parse(text)).toStrictEqual({
      timeMs: TIME_MS,
      level: 'info',
      logger: 'orders.http',
      msg: 'GET /orders/17 answered 200',
      stack: undefined,
      fields: {
        request_id: '1f0c3d2e',
        trace_id: '0af7651916cd43dd8448eb211c80319c',
        span_id: 'b7ad6b7169203331',
        http_method: 'GET',
        url_path: '/orders/17',
        http_status: 200,
        duration_ms: 12,
      },
      badFields: 0,
      hasNoQuotes: false,
      error: undefined,
    });
  });

  test('a failure brings its stack, to the end of the event', () => {
    const text = `== 23.11.2026 22:34:28,123 == FAIL == orders.catalog ==
Catalog did not answer
  .request-id = 1f0c3d2e
    at Socket.<anonymous> (a.js:1:2)
Caused by: another
    at other (b.js:3:4)
  .not-a-field = any more`;
    expect(parse(text)).toMatchObject({
      level: 'error',
      msg: 'Catalog did not answer',
      stack: `    at Socket.<anonymous> (a.js:1:2)
Caused by: another
    at other (b.js:3:4)
  .not-a-field = any more`,
      fields: { request_id: '1f0c3d2e' },
    });
  });

  test('a message of several lines stays together', () => {
    expect(parse(`${HEADER}\none\n\nthree\n  .orders = 3\n`)).toMatchObject({
      msg: 'one\n\nthree',
      fields: { orders: 3 },
    });
  });

  test('a value that is not of its type keeps its text', () => {
    expect(parse(`${HEADER}\nmessage\n  .status = none\n  .took = long`)).toMatchObject({
      fields: { http_status_text: 'none', duration_ms_text: 'long' },
      badFields: 2,
    });
  });

  test('no field takes the place of what the adapter sets, or of what objects have', () => {
    const text = `${HEADER}\nmessage\n  .time = now\n  .level = fatal\n  .service = other\n  .msg = forged
  .__proto__ = polluted\n  .constructor = polluted\n  .parse-error = forged\n  .stack = forged`;
    expect(parse(text)).toMatchObject({ timeMs: TIME_MS, level: 'info', msg: 'message', stack: undefined });
    expect(parse(text).fields).toStrictEqual({
      field_time: 'now',
      field_level: 'fatal',
      field_service: 'other',
      field_msg: 'forged',
      proto: 'polluted',
      field_constructor: 'polluted',
      field_parse_error: 'forged',
      field_stack: 'forged',
    });
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  test.each([
    ['no_match', 'no header at all\n  .status = 200'],
    ['no_match', '== 23.11.2026 22:34:28,123 == NOTE =='],
    ['bad_time', '== 31.02.2026 22:34:28,123 == NOTE == orders.http ==\nmessage'],
    ['unknown_level', '== 23.11.2026 22:34:28,123 == LOUD == orders.http ==\nmessage'],
  ])('what cannot be read is a warning with the raw text: %s', (error, text) => {
    expect(parse(text)).toMatchObject({ timeMs: undefined, level: 'warn', msg: text, error, fields: {}, badFields: 0 });
  });
});

test('without a parser, an event is its text', () => {
  const event = createEventReader([])(['one', 'two', ''], undefined);
  expect(event).toMatchObject({ level: 'info', msg: 'one\ntwo', error: undefined });
  expect(event.timeMs).toBeUndefined();
});

test('groups of the pattern with other names become fields, and msg may be among them', () => {
  const parser = String.raw`{ type: regex, pattern: '^(?<level>\w+) \[(?<thread>[^\]]*)\] (?<msg>.*)$' }`;
  expect(parseAs('WARN [main-1] it happened', parser)).toMatchObject({
    level: 'warn',
    msg: 'it happened',
    fields: { thread: 'main-1' },
  });
});

describe('of several parsers', () => {
  const chain = ['{ type: json }', '{ type: accessLog }', '{ type: logfmt }'];

  test.each([
    ['{"msg":"one"}', 'one'],
    ['10.0.0.1 - - [23/Nov/2026:22:34:28 +0000] "GET / HTTP/1.1" 200 5', 'GET / HTTP/1.1'],
    ['level=warn msg="three words here"', 'three words here'],
  ])('the first that fits is taken: %s', (text, msg) => {
    expect(parseAs(text, ...chain)).toMatchObject({ msg, error: undefined });
  });

  test('if none fits, the reason is that of the first', () => {
    expect(parseAs('what is this?', ...chain)).toMatchObject({ msg: 'what is this?', error: 'not_json' });
  });
});
