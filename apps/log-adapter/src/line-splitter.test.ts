import { array, assert, constantFrom, nat, property } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ANCHOR_BYTES, LineSplitter } from './line-splitter.ts';

const split = (input: string | Buffer, { pieces = [] as number[], maxLineBytes = 1_024, offset = 0 } = {}) => {
  const bytes = Buffer.from(input);
  const splitter = new LineSplitter({ offset, before: Buffer.alloc(0), maxLineBytes });
  const borders = [0, ...pieces.map((piece) => piece % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  const lines = borders.slice(1).flatMap((end, index) => splitter.push(bytes.subarray(borders[index], end)));
  const torn = splitter.takeTorn();
  return torn === undefined ? lines : [...lines, torn];
};

const texts = (...args: Parameters<typeof split>): string[] => split(...args).map(({ text }) => text);

describe('lines', () => {
  test('end with LF or CR LF; a CR elsewhere stays', () => {
    expect(texts('one\ntwo\r\nth\rree\n\n')).toStrictEqual(['one', 'two', 'th\rree', '']);
  });

  test('know where they end in the file', () => {
    expect(split('ab\nc\n', { offset: 10 }).map(({ endOffset, rawBytes }) => [endOffset, rawBytes])).toStrictEqual([
      [13, 3],
      [15, 2],
    ]);
  });

  test('without an end are torn', () => {
    expect(split('one\ntwo').map(({ text, isTorn }) => [text, isTorn])).toStrictEqual([
      ['one', false],
      ['two', true],
    ]);
  });

  test('do not begin with a byte order mark at the beginning of a file', () => {
    expect(texts('\uFEFFone\n\uFEFFtwo\n')).toStrictEqual(['one', '\uFEFFtwo']);
    expect(texts('\uFEFFone\n', { offset: 5 })).toStrictEqual(['\uFEFFone']);
  });

  test('may have any bytes', () => {
    expect(texts(Buffer.from([0x61, 0xff, 0xfe, 0x00, 0x62, 0x0a]))).toStrictEqual(['a\uFFFD\uFFFD\u0000b']);
  });

  test('lose the hole before them, which is counted', () => {
    const input = Buffer.concat([Buffer.alloc(5_000), Buffer.from('after the hole\n')]);
    expect(split(input, { pieces: [3_000] })).toMatchObject([
      { text: 'after the hole', nulBytes: 5_000, rawBytes: 5_015, cutBytes: 0 },
    ]);
  });
});

describe('a line that is too long', () => {
  test('is cut, and the next one is whole', () => {
    expect(split(`${'x'.repeat(3_000)}\nnext\n`)).toMatchObject([
      { text: 'x'.repeat(1_024), cutBytes: 1_976, rawBytes: 3_001 },
      { text: 'next', cutBytes: 0 },
    ]);
  });

  test.each(['é', '€', '😀'])('is not cut inside of %s', (character) => {
    for (let start = 0; start < 4; start += 1) {
      const [line] = split(`${'x'.repeat(1_024 - start)}${character.repeat(10)}\n`);
      expect(line?.text).not.toContain('\uFFFD');
      expect(Buffer.byteLength(line?.text ?? '')).toBeGreaterThan(1_020);
      expect(Buffer.byteLength(line?.text ?? '') + (line?.cutBytes ?? 0)).toBe((line?.rawBytes ?? 0) - 1);
    }
  });

  test('of exactly the limit is not cut', () => {
    expect(split(`${'x'.repeat(1_024)}\n`)).toMatchObject([{ text: 'x'.repeat(1_024), cutBytes: 0 }]);
  });
});

test('the pieces in which the bytes come make no difference', () => {
  const bytes = array(constantFrom('a', '\n', '\r\n', '€', '\0', 'x'.repeat(300), '\uFEFF'), { maxLength: 60 });
  assert(
    property(bytes, array(nat()), (parts, pieces) => {
      const input = parts.join('');
      const plain = (lines: ReturnType<typeof split>) =>
        lines.map(({ anchor, ...line }) => [line, anchor().toString('hex')]);
      expect(plain(split(input, { pieces }))).toStrictEqual(plain(split(input)));
    }),
  );
});

test('the anchor of a line is what stands before its end', () => {
  const bytes = Buffer.from(Array.from({ length: 100 }, (_, index) => `line ${index}\n`).join(''));
  for (const pieces of [[], [1], [500, 501, 502]]) {
    for (const { endOffset, anchor } of split(bytes, { pieces })) {
      expect(anchor()).toStrictEqual(bytes.subarray(Math.max(0, endOffset - ANCHOR_BYTES), endOffset));
    }
  }
});
