import { describe, expect, test } from 'vitest';
import { createParser } from './parse-event.ts';
import { parse as parseAs, parseWith } from './parse-test-support.ts';

const parse = (text: string, parser = '{ type: accessLog }') => parseAs(text, parser);

const COMMON = '203.0.113.7 - ann [23/Nov/2026:23:34:28 +0100] "GET /a/b?c=d&e HTTP/1.1" 200 5316';
const TIME_MS = Date.parse('2026-11-23T22:34:28Z');

test('reads the common format', () => {
  expect(parse(COMMON)).toStrictEqual({
    timeMs: TIME_MS,
    level: 'info',
    logger: undefined,
    msg: 'GET /a/b?c=d&e HTTP/1.1',
    stack: undefined,
    fields: {
      client_address: '203.0.113.7',
      user_name: 'ann',
      http_method: 'GET',
      url_path: '/a/b',
      url_query: 'c=d&e',
      http_version: '1.1',
      http_status: 200,
      response_bytes: 5_316,
      referer: undefined,
      user_agent: undefined,
    },
    badFields: 0,
    hasNoQuotes: true,
    error: undefined,
  });
});

test('reads the combined format', () => {
  expect(parse(`${COMMON} "https://example.com/" "Mozilla/5.0 (X11; Linux)"`)).toMatchObject({
    fields: { http_status: 200, referer: 'https://example.com/', user_agent: 'Mozilla/5.0 (X11; Linux)' },
    hasNoQuotes: true,
  });
});

test('reads what servers add, by its own names and by those of the configuration', () => {
  const parser =
    '{ type: accessLog, extra: [forwarded_for, took], keys: { rt: { name: duration_ms, type: durationMs }, took: { type: number } } }';
  const text = `${COMMON} "-" "curl/8" "10.0.0.9, 10.0.0.8" 12 rt=0.012s up="a \\"b\\"" - "and more"`;
  expect(parse(text, parser)).toMatchObject({
    fields: {
      referer: undefined,
      user_agent: 'curl/8',
      forwarded_for: '10.0.0.9, 10.0.0.8',
      took: 12,
      duration_ms: 12,
      up: String.raw`a \"b\"`,
      extra: '- "and more"',
    },
    hasNoQuotes: false,
    badFields: 0,
  });
});

test.each([
  [200, 'info'],
  [304, 'info'],
  [404, 'warn'],
  [502, 'error'],
])('a status of %d is the level %s', (status, level) => {
  expect(parse(COMMON.replace(' 200 ', ` ${status} `))).toMatchObject({ level, fields: { http_status: status } });
});

test('a dash is nothing', () => {
  const { fields } = parse('10.0.0.1 - - [23/Nov/2026:22:34:28 +0000] "-" 400 - "-" "-"');
  expect(fields).toMatchObject({ user_name: undefined, response_bytes: undefined, http_method: undefined });
});

test.each([
  ['of a port scanner', String.raw`\x16\x03\x01`],
  ['that is empty', ''],
  ['with an escaped quotation mark', String.raw`GET /\" HTTP/1.1`],
  ['that ends with a backslash', String.raw`GET /\\ HTTP/1.1\\`],
  ['with spaces in its path', 'GET /a b c HTTP/1.1'],
])('a request %s is kept as it is', (_what, request) => {
  expect(parse(COMMON.replace(/"[^"]*"/, () => `"${request}"`))).toMatchObject({
    msg: request,
    error: undefined,
    fields: { http_status: 200 },
  });
});

test('the time is read anew when it is another one', () => {
  const read = createParser({ type: 'accessLog', extra: [], keys: {} });
  const times = ['23/Nov/2026:22:34:28 +0000', '23/Nov/2026:22:34:29 +0000', '24/Nov/2026:00:34:29 +0200'];
  const events = times.map((time) => read([COMMON.replace('23/Nov/2026:23:34:28 +0100', time)], undefined));
  expect(events).toMatchObject([{ timeMs: TIME_MS }, { timeMs: TIME_MS + 1_000 }, { timeMs: TIME_MS + 1_000 }]);
});

describe('says where a line stops to fit', () => {
  const at = (text: string) => parseWith('{ type: accessLog }', text);
  test.each([
    ['hello', 'no_match', 1],
    ['10.0.0.1 - ann no time', 'no_match', 12],
    ['10.0.0.1 - - [23/Nov/2026]', 'no_match', 15],
    [COMMON.replace('Nov', 'Now'), 'bad_time', 20],
    [COMMON.replace('23/', '31/'), 'bad_time', 20],
    [COMMON.replace(' "GET', ' GET'), 'no_match', 48],
    [COMMON.replace(' 200 ', ' 2x0 '), 'no_match', 74],
    [COMMON.replace(' 5316', ' many'), 'no_match', 78],
    [`${COMMON} "http://open`, 'no_match', 95],
  ])('%s', (text, reason, column) => {
    expect(at(text)).toMatchObject({ reason, column });
  });
});
