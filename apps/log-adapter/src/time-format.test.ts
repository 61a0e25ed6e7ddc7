import { assert, date, integer, property } from 'fast-check';
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

test('every time is read as the Date of JavaScript reads it, in any order', () => {
  const formats = {
    rfc3339: (iso: string) => iso,
    "yyyy-MM-dd'T'HH:mm:ss.SSSXXX": (iso: string) => iso,
    'dd.MM.yyyy HH:mm:ss,SSS': (iso: string) => iso.replace(/(\d+)-(\d+)-(\d+)T(.*)\.(\d+)Z/, '$3.$2.$1 $4,$5'),
    epochMs: (iso: string) => String(Date.parse(iso)),
  };
  const readers = Object.entries(formats).map(([format, write]) => ({ read: compileTimeFormat(format), write }));
  const times = date({ min: new Date(0), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true });
  assert(
    property(times, integer({ min: -23 * 60 - 59, max: 23 * 60 + 59 }), (time, offsetMinutes) => {
      const iso = time.toISOString();
      for (const { read: readTime, write } of readers) expect(readTime(write(iso))).toBe(time.getTime());
      const size = Math.abs(offsetMinutes);
      const offset = [Math.floor(size / 60), size % 60].map((part) => String(part).padStart(2, '0')).join(':');
      const text = iso.replace('Z', `${offsetMinutes < 0 ? '-' : '+'}${offset}`);
      expect(readers[0]?.read(text)).toBe(Date.parse(text));
    }),
  );
});

test('a day that is in no calendar is read in no format', () => {
  for (const day of ['2026-02-29', '2026-04-31', '2026-00-10', '2026-13-10', '2026-01-00', '2026-01-32']) {
    expect(read('rfc3339', `${day}T00:00:00Z`)).toBeUndefined();
  }
});

test('the years before 100 are not those of the last century', () => {
  expect(read('yyyy-MM-dd HH:mm:ss', '0050-01-01 00:00:00')).toBe('0050-01-01T00:00:00.000Z');
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
