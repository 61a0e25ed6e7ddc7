/** How the bytes of a log are text: where its lines end, and where a character may be cut off. */

export type Encoding = 'utf-8' | 'utf-16le' | 'latin1';

export interface EncodingRules {
  /** The size of a newline, and of what may not be divided. */
  readonly unitBytes: 1 | 2;
  /** Every unit is one UTF-16 unit of the text. */
  readonly isOfFixedWidth: boolean;
  readonly decode: (bytes: Buffer) => string;
  /** Where the first newline at or after a place is, or -1. */
  readonly indexOfLf: (bytes: Buffer, from: number) => number;
  /** Where the last newline is; if there is none, so much before the beginning as it takes. */
  readonly lastIndexOfLf: (bytes: Buffer) => number;
  readonly withoutLeadingNuls: (bytes: Buffer) => Buffer;
  /** How many bytes at the beginning of a file only tell its encoding. */
  readonly byteOrderMarkBytes: (bytes: Buffer) => number;
  /** The last place at or before `end` that is not inside a character. */
  readonly characterBorder: (bytes: Buffer, end: number) => number;
}

const LF = 0x0a;

const BYTES = {
  unitBytes: 1,
  indexOfLf: (bytes: Buffer, from: number) => bytes.indexOf(LF, from),
  lastIndexOfLf: (bytes: Buffer) => bytes.lastIndexOf(LF),
  withoutLeadingNuls(bytes: Buffer) {
    let start = 0;
    while (start < bytes.length && bytes[start] === 0) start += 1;
    return bytes.subarray(start);
  },
} as const;

/** What is not valid becomes U+FFFD, as the WHATWG Encoding Standard says. */
export const ENCODINGS: Readonly<Record<Encoding, EncodingRules>> = {
  'utf-8': {
    ...BYTES,
    isOfFixedWidth: false,
    decode: (bytes) => bytes.toString('utf8'),
    byteOrderMarkBytes: (bytes) => (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0),
    characterBorder(bytes, end) {
      let border = end;
      // oxlint-disable-next-line no-bitwise
      while (border > end - 3 && ((bytes[border] ?? 0) & 0xc0) === 0x80) border -= 1;
      return border;
    },
  },
  latin1: {
    ...BYTES,
    isOfFixedWidth: true,
    decode: (bytes) => bytes.toString('latin1'),
    byteOrderMarkBytes: () => 0,
    characterBorder: (_bytes, end) => end,
  },
  'utf-16le': {
    unitBytes: 2,
    isOfFixedWidth: true,
    decode: (bytes) => bytes.toString('utf16le').toWellFormed(),
    byteOrderMarkBytes: (bytes) => (bytes[0] === 0xff && bytes[1] === 0xfe ? 2 : 0),
    indexOfLf(bytes, from) {
      let index = bytes.indexOf(LF, from);
      while (index >= 0 && !isWideLf(bytes, index)) index = bytes.indexOf(LF, index + 1);
      return index;
    },
    lastIndexOfLf(bytes) {
      let index = bytes.lastIndexOf(LF);
      while (index > 0 && !isWideLf(bytes, index)) index = bytes.lastIndexOf(LF, index - 1);
      return index >= 0 && isWideLf(bytes, index) ? index : -2;
    },
    withoutLeadingNuls(bytes) {
      let start = 0;
      while (start + 1 < bytes.length && bytes[start] === 0 && bytes[start + 1] === 0) start += 2;
      return bytes.subarray(start);
    },
    characterBorder(bytes, end) {
      const border = end - (end % 2);
      const next = bytes[border + 1] ?? 0;
      // The second half of a surrogate pair goes with the first.
      return next >= 0xdc && next <= 0xdf ? border - 2 : border;
    },
  },
};

function isWideLf(bytes: Buffer, index: number): boolean {
  return index % 2 === 0 && bytes[index + 1] === 0;
}
