/** Lines of a log, as they are cut out of what was read. */
import { isAscii } from 'node:buffer';
import type { EncodingRules } from './encoding.ts';
import { lineScanner } from './line-traits.ts';

export interface Line {
  readonly text: string;
  /** How many bytes of the file it took, those that were cut off and the newline included. */
  readonly rawBytes: number;
  /** Where the next line begins. */
  readonly endOffset: number;
  /** How many bytes were cut off its end. */
  readonly cutBytes: number;
  /** How many NUL bytes before it were left out. */
  readonly nulBytes: number;
  /** It has no newline yet. */
  readonly isTorn: boolean;
  /** What `lineScanner` sees in its bytes, where they are at hand, which is faster than to look at the text. */
  readonly traits: number | undefined;
  /** Its bytes, where they are at hand. */
  readonly place?: LinePlace | undefined;
}

/** Where the bytes of a line are, without its newline, until something else is read. */
export interface LinePlace {
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

/**
 * What was read at once. It is turned to text when the text of a line is asked for, all of it at once: one call for some
 * hundred lines instead of one for each. Lines that are written from their bytes need no text at all.
 */
export class Chunk {
  readonly bytes: Buffer;
  readonly rules: EncodingRules;
  /** As many bytes as characters, unless some take several. */
  readonly #isPlain: boolean;
  #text: string | undefined;

  constructor(bytes: Buffer, rules: EncodingRules) {
    this.bytes = bytes;
    this.rules = rules;
    this.#isPlain = rules.isOfFixedWidth || isAscii(bytes);
  }

  text(start: number, end: number): string {
    const { unitBytes, decode } = this.rules;
    if (!this.#isPlain) return decode(this.bytes.subarray(start, end));
    this.#text ??= decode(this.bytes);
    return this.#text.slice(start / unitBytes, end / unitBytes);
  }
}

/** A whole line of a chunk. Whoever needs it longer than until the next read has to keep its text. */
export class ChunkLine implements Line, LinePlace {
  readonly start: number;
  readonly end: number;
  readonly rawBytes: number;
  readonly endOffset: number;
  readonly #chunk: Chunk;

  constructor(
    chunk: Chunk,
    start: number,
    end: number,
    sizes: { readonly rawBytes: number; readonly endOffset: number },
  ) {
    this.#chunk = chunk;
    this.start = start;
    this.end = end;
    this.rawBytes = sizes.rawBytes;
    this.endOffset = sizes.endOffset;
  }

  get bytes(): Buffer {
    return this.#chunk.bytes;
  }

  get place(): LinePlace | undefined {
    return this.#chunk.rules.unitBytes === 1 ? this : undefined;
  }

  get text(): string {
    return this.#chunk.text(this.start, this.end);
  }

  get traits(): number | undefined {
    const { bytes, rules } = this.#chunk;
    return rules.unitBytes === 1 ? lineScanner.bytes(bytes, this.start, this.end) : undefined;
  }

  get cutBytes(): number {
    return 0;
  }

  get nulBytes(): number {
    return 0;
  }

  get isTorn(): boolean {
    return false;
  }
}
