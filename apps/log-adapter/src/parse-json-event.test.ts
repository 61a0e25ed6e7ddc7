import { parseConfig } from '@pod-patterns/runtime/config-file.ts';
import { expect, test } from 'vitest';
import { AdapterConfigSchema } from './config.ts';
import { parseEvent } from './parse-event.ts';

function parse(text: string, parser = '{ type: json }') {
  const config = `inputs: [{ path: /app.log, service: app, parser: ${parser} }]`;
  const { fields, ...event } = parseEvent([text], parseConfig('config', config, AdapterConfigSchema).inputs[0]?.parser);
  return { ...event, fields: { ...fields } };
}

test('reads time, level and message, and flattens the rest', () => {
  const text = `{"time":"2026-11-23T22:34:28Z","level":50,"msg":"failed","logger":"db","stack":"at x",
    "userId":7,"ok":false,"none":null,"user":{"id":[1]},"trace_id":"abc"}`;
  expect(parse(text)).toStrictEqual({
    timeMs: Date.parse('2026-11-23T22:34:28Z'),
    level: 'error',
    logger: 'db',
    msg: 'failed',
    stack: 'at x',
    fields: { user_id: 7, ok: false, none: undefined, user: '{"id":[1]}', trace_id: 'abc' },
    badFields: 0,
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
  expect(parse(text)).toStrictEqual({ level: 'warn', msg: text, error, fields: {}, badFields: 0 });
});

test('a value that is nested very deep does no harm', () => {
  const text = `${'['.repeat(30_000)}${']'.repeat(30_000)}`;
  expect(parse(`{"msg":"deep","a":${text}}`)).toMatchObject({ msg: 'deep', fields: { a: text } });
});
