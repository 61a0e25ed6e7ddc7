import { describe, expect, test } from 'vitest';
import { setField, toFieldName, type FieldRule, type Fields } from './field-values.ts';

describe('toFieldName', () => {
  test.each([
    ['request-id', 'request_id'],
    ['requestId', 'request_id'],
    ['HTTPStatus', 'httpstatus'],
    ['a.b..c', 'a_b_c'],
    ['__proto__', 'proto'],
    ['constructor', 'field_constructor'],
    ['time', 'field_time'],
    ['Level', 'field_level'],
    ['observed-time', 'field_observed_time'],
    ['log_file', 'field_log_file'],
    ['1st', 'field_1st'],
    ['ü', 'field_'],
    ['x'.repeat(500), 'x'.repeat(64)],
  ])('of %s is %s', (key, name) => {
    expect(toFieldName(key)).toBe(name);
  });
});

describe('setField', () => {
  const set = (key: string, text: string, rule?: FieldRule): Record<string, unknown> => {
    const fields: Fields = {};
    const isGood = setField(fields, key, text, rule);
    return { ...fields, isGood };
  };

  test('keeps text as it is', () => {
    expect(set('request-id', ' 17 ')).toStrictEqual({ request_id: ' 17 ', isGood: true });
  });

  test.each([
    ['200', 200],
    ['-1.5', -1.5],
    ['1e3', 1_000],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
  ])('reads the number %s', (text, value) => {
    expect(set('n', text, { type: 'number' })).toStrictEqual({ n: value, isGood: true });
  });

  test.each([
    ['0.012s', 12],
    ['1.005s', 1_005],
    ['0.0000015s', 0.0015],
    ['12ms', 12],
    ['250 us', 0.25],
    ['3µs', 0.003],
    ['2m', 120_000],
  ])('reads the duration %s', (text, value) => {
    expect(set('took', text, { name: 'duration_ms', type: 'durationMs' })).toStrictEqual({
      duration_ms: value,
      isGood: true,
    });
  });

  test('reads a traceparent into two fields', () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    expect(set('traceparent', traceparent, { type: 'traceparent' })).toStrictEqual({
      trace_id: '0af7651916cd43dd8448eb211c80319c',
      span_id: 'b7ad6b7169203331',
      isGood: true,
    });
  });

  test.each<[FieldRule['type'], string]>([
    ['number', 'abc'],
    ['number', ''],
    ['number', '0x10'],
    ['number', '1e999'],
    ['number', '9007199254740993'],
    ['durationMs', '12'],
    ['durationMs', '12 parsecs'],
    ['traceparent', '00-0-0-00'],
  ])('keeps what is no %s under another name: %o', (type, text) => {
    expect(set('key', text, { name: 'name', type })).toStrictEqual({ name_text: text, isGood: false });
  });
});
