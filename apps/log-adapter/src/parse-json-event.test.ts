import { expect, test } from 'vitest';
import { parse as parseAs, parseWith } from './parse-test-support.ts';

const parse = (text: string, parser = '{ type: json }') => parseAs(text, parser);

test('reads time, level and message, and flattens the rest', () => {
  const text = `{"time":"2026-11-23T22:34:28Z","level":50,"msg":"failed","logger":"db","stack":"at x",
    "userId":7,"ok":false,"none":null,"user":{"id":[1]},"trace_id":"abc"}`;
  expect(parse(text)).toStrictEqual({
    timeMs: Date.parse('2026-11-23T22:34:28Z'),
    level: 'error',
    logger: 'db',
    msg: 'failed',
    stack: 'at x',
    fields: { user_id: 7, ok: false, none: null, user: '{"id":[1]}', trace_id: 'abc' },
    badFields: 0,
    hasNoQuotes: false,
    error: undefined,
  });
});

test('finds them under other names, and in other types', () => {
  const parser = `{ type: json, time: ts, timeFormat: epochMs, level: severity, levels: { E: error }, message: text,
    keys: { status: { name: http_status, type: number }, took: { name: duration_ms, type: durationMs } } }`;
  expect(
    parse('{"ts":1000,"severity":"E","text":"hello","status":"200","took":"slow","time":"mine"}', parser),
  ).toMatchObject({
    timeMs: 1_000,
    level: 'error',
    msg: 'hello',
    fields: { http_status: 200, duration_ms_text: 'slow', field_time: 'mine' },
    badFields: 1,
  });
});

test('keys that every object has are keys like others', () => {
  expect(parse('{"__proto__":{"polluted":1},"constructor":1,"hasOwnProperty":2}').fields).toStrictEqual({
    proto: '{"polluted":1}',
    field_constructor: 1,
    has_own_property: 2,
  });
});

test.each([
  ['not_json', 'hello'],
  ['not_json', '[1]'],
  ['not_json', '{"a":1'],
  ['not_json', 'null'],
  ['bad_time', '{"time":"yesterday"}'],
  ['unknown_level', '{"level":"loud"}'],
])('what cannot be read is a warning with the raw text: %s %s', (error, text) => {
  expect(parse(text)).toMatchObject({ level: 'warn', msg: text, error, fields: {} });
});

test.each([65, 30_000])('a value that is nested %d levels deep is not read', (levels) => {
  const text = `{"msg":"deep","a":${'['.repeat(levels)}${']'.repeat(levels)}}`;
  expect(parse(text)).toMatchObject({ msg: text, error: 'too_deep' });
});

test('a value that is nested less deep is kept as JSON', () => {
  const nested = `${'['.repeat(60)}${']'.repeat(60)}`;
  expect(parse(`{"msg":"deep","a":${nested}}`)).toMatchObject({ msg: 'deep', fields: { a: nested } });
});

test('numbers that JavaScript cannot hold stay what they are, as text', () => {
  const text = '{"a":9007199254740993,"b":[12345678901234567890],"c":1e999,"d":9007199254740991,"e":0.1,"f":1e3}';
  expect(parse(text).fields).toStrictEqual({
    a: '9007199254740993',
    b: '["12345678901234567890"]',
    c: '1e999',
    d: 9_007_199_254_740_991,
    e: 0.1,
    f: 1_000,
  });
});

test('of keys that are there twice, or become the same, the last one counts', () => {
  expect(parse('{"msg":"a","msg":"b","user-id":1,"userId":2}')).toMatchObject({ msg: 'b', fields: { user_id: 2 } });
});

test.each([
  ['{"a":1,}', 8],
  ['hello', 1],
  ['{"a":1', 7],
])('says where it stops to be JSON: %s', (text, column) => {
  expect(parseWith('{ type: json }', text)).toMatchObject({ reason: 'not_json', line: 1, column });
});
