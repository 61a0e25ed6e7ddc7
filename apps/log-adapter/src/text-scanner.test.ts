import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createTextScanner, SUSPECT } from './text-scanner.ts';

const WORDS = ['he', 'she', 'his', 'hers', '@', '##-##', '\\u'];
const scanner = createTextScanner(WORDS);
const asPattern = /he|she|his|hers|@|\d\d-\d\d|\\u/i;

test('finds words wherever they begin, in any case, and digits for #', () => {
  for (const text of ['ushe', 'HiS', 'a@b', '1234-5678', '"\\u0070"', 'hhe', '1-12-34']) {
    expect(scanner.text(text)).not.toBe(0);
  }
  for (const text of ['', 'hiss'.slice(1), '1-2-3', '#-##', 'h e', 'hi']) expect(scanner.text(text)).toBe(0);
});

test('agrees with a regular expression, for characters and for bytes', () => {
  const text = fc.string({ unit: fc.constantFrom(...'hesir@0-\\uaH'.split('')), maxLength: 30 });
  fc.assert(
    fc.property(text, (string) => {
      const isSuspect = asPattern.test(string);
      const bytes = Buffer.from(`x${string}x`);
      // oxlint-disable-next-line no-bitwise
      const found = [scanner.text(string), scanner.bytes(bytes, 1, bytes.length - 1)].map((traits) => traits & SUSPECT);
      expect(found).toStrictEqual(isSuspect ? [SUSPECT, SUSPECT] : [0, 0]);
    }),
  );
});

test.each(['\u0000', '\n', '\\', '\u007f', '\u009b', 'ü', '\u202e', '😀'])('notes that %j needs care', (character) => {
  const bytes = Buffer.from(character);
  expect(scanner.text(character)).toBe(2);
  expect(scanner.bytes(bytes, 0, bytes.length)).toBe(2);
});

test('a quotation mark needs none', () => {
  expect(scanner.text('a "b" ~')).toBe(0);
});
