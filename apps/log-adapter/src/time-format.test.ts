import { describe, expect, test } from 'vitest';
import { compileTimeFormat } from './time-format.ts';

const read = (format: string, text: string): string | undefined => {
  const time = compileTimeFormat(format)(text);
  return time === undefined ? undefined : new Date(time).toISOString();
};

test.each([
  ['dd.MM.yyyy HH:mm:ss,SSS', '23.11.2026 22:34:28,123', '2026-11-23T22:34:28.123Z'],
  ['yyyy-MM-dd HH:mm:ss', '2028-02-29 00:00:00', '2028-02-29T00:00:00.000Z'],
  ["yyyyMMdd'T'HHmmss", '20261123T223428', '2026-11-23T22:34:28.000Z'],
  ['dd/MM/yyyy:HH:mm:ss XXX', '23/11/2026:22:34:28 +02:00', '2026-11-23T20:34:28.000Z'],
  ['dd/MM/yyyy:HH:mm:ss XXX', '23/11/2026:22:34:28 Z', '2026-11-23T22:34:28.000Z'],
  ['rfc3339', '2026-11-23T22:34:28.123456+01:00', '2026-11-23T21:34:28.123Z'],
  ['rfc3339', '2026-11-23 22:34:28,5Z', '2026-11-23T22:34:28.500Z'],
  ['epochMs', '1795472068123', '2026-11-23T22:14:28.123Z'],
  ['epochSeconds', '1795472068.123', '2026-11-23T22:14:28.123Z'],
])('%s reads %s', (format, text, expected) => {
  expect(read(format, text)).toBe(expected);
});

test.each([
  ['dd.MM.yyyy HH:mm:ss', '31.02.2026 00:00:00'],
  ['dd.MM.yyyy HH:mm:ss', '29.02.2027 00:00:00'],
  ['dd.MM.yyyy HH:mm:ss', '23.13.2026 00:00:00'],
  ['dd.MM.yyyy HH:mm:ss', '23.11.2026 24:00:00'],
  ['dd.MM.yyyy HH:mm:ss', '23.11.2026 22:34:60'],
  ['dd.MM.yyyy HH:mm:ss', ' 23.11.2026 22:34:28'],
  ['dd.MM.yyyy HH:mm:ss', '23x11x2026 22:34:28'],
  ['dd/MM/yyyy:HH:mm:ss XXX', '23/11/2026:22:34:28 +99:00'],
  ['rfc3339', '2026-11-23'],
  ['rfc3339', '2026-11-23T22:34:28'],
  ['epochMs', 'yesterday'],
  ['epochMs', '999999999999999999999'],
])('%s does not read %s', (format, text) => {
  expect(read(format, text)).toBeUndefined();
});

describe('a format', () => {
  test.each([
    ['dd.MM.yyyy', 'the time format "dd.MM.yyyy" lacks HH, mm, ss'],
    ['dd.MM.yy HH:mm:ss', '"yy" in the time format "dd.MM.yy HH:mm:ss" is not known'],
    ['dd.dd.yyyy HH:mm:ss', '"dd" is twice'],
    ['', 'lacks yyyy'],
    ['constructor', '"c" in the time format'],
  ])('of %o is refused', (format, message) => {
    expect(() => compileTimeFormat(format)).toThrow(message);
  });
});
