import { array, assert, constantFrom, nat, property } from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Encoding } from './encoding.ts';
import { LineSplitter } from './line-splitter.ts';
import type { Line } from './line.ts';

interface Options {
  readonly pieces?: readonly number[];
  readonly maxLineBytes?: number;
  readonly offset?: number;
  readonly encoding?: Encoding;
}

const split = (
  input: string | Buffer,
  { pieces = [], maxLineBytes = 1_024, offset = 0, encoding = 'utf-8' }: Options = {},
) => {
  const bytes = typeof input === 'string' ? Buffer.from(input, encoding) : input;
  const splitter = new LineSplitter({ offset, maxLineBytes, encoding });
  const borders = [0, ...pieces.map((piece) => piece % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  const lines = borders.slice(1).flatMap((end, index) => {
    // As the adapter does it: what is read goes where the last was, so that lines have to be looked at before.
    const buffer = Buffer.from(bytes.subarray(borders[index], end));
    const read = splitter.push(buffer).map(contentOf);
    buffer.fill('x');
    return read;
  });
  const torn = splitter.takeTorn();
  return torn === undefined ? lines : [...lines, contentOf(torn)];
};

const contentOf = ({ text, rawBytes, endOffset, cutBytes, nulBytes, isTorn }: Line) => ({
  text,
  rawBytes,
  endOffset,
  cutBytes,
  nulBytes,
  isTorn,
});

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

describe('other encodings', () => {
  test('latin1: each byte is a character', () => {
    expect(texts('\u00e4\u00df\r\n\u00ff\n', { encoding: 'latin1' })).toStrictEqual(['\u00e4\u00df', '\u00ff']);
  });

  test('UTF-16: a newline is two bytes, and those of other characters are none', () => {
    const lines = split('\uFEFF\u010a\u0a0a one\r\n\u0a00\u000b two\n😀', { encoding: 'utf-16le' });
    expect(lines.map(({ text, rawBytes }) => [text, rawBytes])).toStrictEqual([
      ['\u010a\u0a0a one', 18],
      ['\u0a00\u000b two', 14],
      ['😀', 4],
    ]);
    expect(lines.at(-1)).toMatchObject({ isTorn: true, endOffset: 36 });
  });

  test('UTF-16: a line that is too long is not cut inside of a surrogate pair', () => {
    const [line, next] = split(`x${'😀'.repeat(400)}\nnext\n`, { encoding: 'utf-16le', maxLineBytes: 1_024 });
    expect(line).toMatchObject({ text: `x${'😀'.repeat(255)}`, cutBytes: 1_602 - 1_022 });
    expect(next).toMatchObject({ text: 'next', cutBytes: 0 });
  });
});

test.each<Encoding>(['utf-8', 'latin1', 'utf-16le'])(
  'the pieces in which the bytes come make no difference: %s',
  (encoding) => {
    const part = constantFrom(
      'a',
      '\n',
      '\r\n',
      '€',
      'é',
      '\0',
      'x'.repeat(300),
      '\uFEFF',
      '\u010a',
      '😀',
      'plain text\n',
    );
    assert(
      property(array(part, { maxLength: 60 }), array(nat()), (parts, pieces) => {
        const input = Buffer.from(parts.join(''), encoding);
        expect(split(input, { pieces, encoding })).toStrictEqual(split(input, { encoding }));
      }),
      { numRuns: 300 },
    );
  },
);

test('bytes that are no text make no difference to where lines end', () => {
  assert(
    property(
      array(constantFrom(0x0a, 0x0d, 0x00, 0x61, 0xc3, 0xa9, 0xe2, 0x82, 0xf0, 0xff)),
      array(nat()),
      (parts, pieces) => {
        const input = Buffer.from(parts);
        const lines = split(input, { pieces });
        expect(lines).toStrictEqual(split(input));
        expect(lines.reduce((sum, { rawBytes }) => sum + rawBytes, 0)).toBe(lines.at(-1)?.endOffset ?? 0);
        expect(lines.filter(({ isTorn }) => !isTorn)).toHaveLength(parts.filter((byte) => byte === 0x0a).length);
      },
    ),
    { numRuns: 300 },
  );
});
