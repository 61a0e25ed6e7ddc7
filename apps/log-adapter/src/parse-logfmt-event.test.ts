import { expect, test } from 'vitest';
import { parse, parseWith } from './parse-test-support.ts';

test('reads pairs, values in quotes, and keys alone', () => {
  const text = String.raw`time=2026-11-23T22:34:28Z level=WARN msg="a \"b\"\nc=d" logger=db userId=7 empty= flag url=http://a/?b=c`;
  expect(parse(text, '{ type: logfmt, keys: { userId: { type: number } } }')).toMatchObject({
    timeMs: Date.parse('2026-11-23T22:34:28Z'),
    level: 'warn',
    logger: 'db',
    msg: 'a "b"\nc=d',
    fields: { user_id: 7, empty: '', flag: 'true', url: 'http://a/?b=c' },
    badFields: 0,
  });
});

test('finds time, level and message under other names', () => {
  const parser = '{ type: logfmt, time: ts, timeFormat: epochSeconds, level: lvl, message: event }';
  expect(parse('ts=1.5 lvl=error event=started', parser)).toMatchObject({
    timeMs: 1_500,
    level: 'error',
    msg: 'started',
  });
});

test('of keys that are there twice the last one counts, and none has a meaning of its own', () => {
  expect(parse('a=1 a=2 __proto__=x constructor=y parse_error=z', '{ type: logfmt }').fields).toStrictEqual({
    a: '2',
    proto: 'x',
    field_constructor: 'y',
    field_parse_error: 'z',
  });
});

test.each([
  ['just some words', 1],
  ['started a=1', 1],
  ['a=1 b=2\nc d', 8],
  ['a=1 b=2\nc=3', 8],
  ['a=1 b="2\n3"', 9],
  ['a=1 b="open', 4],
  ['a=1 ="x"', 4],
  ['a="x"y', 1],
])('says where a line stops to fit: %s', (text, column) => {
  expect(parseWith('{ type: logfmt }', text)).toMatchObject({ reason: 'no_match', column });
});

test('takes no time for a line that was made to take long', () => {
  const startedMs = performance.now();
  parse(`a="${'\\'.repeat(500_000)}`, '{ type: logfmt }');
  parse(`a=${'b'.repeat(500_000)}"`, '{ type: logfmt }');
  expect(performance.now() - startedMs).toBeLessThan(2_000);
});
