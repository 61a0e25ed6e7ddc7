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
  // Long ones, nearly all of them without a word.
  const filler = fc.string({ unit: fc.constantFrom('h', 's', 'i', '1', '-', 'x', ' '), maxLength: 60 });
  const long = fc
    .tuple(filler, fc.constantFrom('', 'hers', '12-34', 'ers', '@'), filler)
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(fc.oneof(text, long), (string) => {
      const isSuspect = asPattern.test(string);
      const bytes = Buffer.from(`x${string}x`);
      // oxlint-disable-next-line no-bitwise
      const found = [scanner.text(string), scanner.bytes(bytes, 1, bytes.length - 1)].map((traits) => traits & SUSPECT);
      expect(found).toStrictEqual(isSuspect ? [SUSPECT, SUSPECT] : [0, 0]);
    }),
    { numRuns: 1_000 },
  );
});

test.each(['\u0000', '\n', '\\', '\u007f', '\u009b', 'ü', '\u202e', '😀'])('notes that %j needs care', (character) => {
  const bytes = Buffer.from(character);
  expect(scanner.text(character)).toBe(2);
  expect(scanner.bytes(bytes, 0, bytes.length)).toBe(2);
});

test('sees a character that needs care wherever it is, and none beyond the end', () => {
  for (let length = 0; length < 80; length += 1) {
    const bytes = Buffer.from(`\u0000${'x'.repeat(length)}\u0000`);
    expect(scanner.bytes(bytes, 1, length + 1)).toBe(0);
    for (let at = 1; at <= length; at += 1) {
      const marked = Buffer.from(bytes);
      marked[at] = 7;
      expect(scanner.bytes(marked, 1, length + 1)).toBe(2);
    }
  }
});

test('a quotation mark needs none', () => {
  expect(scanner.text('a "b" ~')).toBe(0);
});
