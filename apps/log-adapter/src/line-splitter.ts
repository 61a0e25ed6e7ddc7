/**
 * Cuts the bytes of a file into lines, across the borders of what was read at once. No line takes more than its share.
 *
 * Most lines stay where they were read; only those at its borders, and those that are unlike others, are put together
 * one by one.
 */
import { ENCODINGS, type Encoding, type EncodingRules } from './encoding.ts';
import { Chunk, ChunkLine, type Line } from './line.ts';

export interface LineSplitterOptions {
  /** Where in the file the first bytes stand. */
  readonly offset: number;
  readonly maxLineBytes: number;
  readonly encoding?: Encoding;
}

const CR = 0x0d;
const BYTE_ORDER_MARK = 0xfe_ff;
const NONE = Buffer.alloc(0);

export class LineSplitter {
  #offset: number;
  /** The line that has no newline yet. */
  #parts: Buffer[] = [];
  #keptBytes = 0;
  #rawBytes = 0;
  #nulBytes = 0;
  /** The first byte of a character of two, the second of which was not read yet. */
  #half: Buffer = NONE;
  readonly #maxLineBytes: number;
  readonly #encoding: EncodingRules;

  constructor({ offset, maxLineBytes, encoding = 'utf-8' }: LineSplitterOptions) {
    this.#offset = offset;
    this.#maxLineBytes = maxLineBytes;
    this.#encoding = ENCODINGS[encoding];
  }

  /** The lines that end in these bytes; what is left waits for its newline. The bytes are not held on to. */
  push(pushed: Buffer): Line[] {
    const { unitBytes, indexOfLf, lastIndexOfLf } = this.#encoding;
    const bytes = unitBytes === 1 ? pushed : this.#wholeUnits(pushed);
    const lines: Line[] = [];
    let start = 0;
    if (this.#rawBytes > 0) {
      const end = indexOfLf(bytes, 0);
      if (end >= 0) {
        this.#keep(bytes.subarray(0, end), false);
        lines.push(this.#finish(unitBytes));
        start = end + unitBytes;
      }
    }
    const end = lastIndexOfLf(bytes) + unitBytes;
    if (end > start) {
      this.#split(bytes.subarray(start, end), lines);
      start = end;
    }
    if (start < bytes.length) this.#keep(bytes.subarray(start), true);
    return lines;
  }

  /** The line that has no newline yet, if there is one; it is not waited for any longer. */
  takeTorn(): Line | undefined {
    return this.#keptBytes === 0 ? undefined : this.#finish(0);
  }

  /** Whole lines, the newline of the last one included. */
  #split(bytes: Buffer, lines: Line[]): void {
    const { unitBytes, indexOfLf } = this.#encoding;
    const chunk = new Chunk(bytes, this.#encoding);
    let start = 0;
    while (start < bytes.length) {
      const end = indexOfLf(bytes, start);
      const next = end + unitBytes;
      if (end - start > this.#maxLineBytes || this.#unitAt(bytes, start) === 0) {
        this.#keep(bytes.subarray(start, end), false);
        lines.push(this.#finish(unitBytes));
      } else {
        const isCrLf = end > start && this.#unitAt(bytes, end - unitBytes) === CR;
        const markBytes = this.#offset === 0 ? this.#encoding.byteOrderMarkBytes(bytes) : 0;
        this.#offset += next - start;
        const sizes = { rawBytes: next - start, endOffset: this.#offset };
        lines.push(new ChunkLine(chunk, start + markBytes, isCrLf ? end - unitBytes : end, sizes));
      }
      start = next;
    }
  }

  #unitAt(bytes: Buffer, at: number): number {
    return this.#encoding.unitBytes === 1 ? (bytes[at] ?? 0) : bytes.readUInt16LE(at);
  }

  #wholeUnits(pushed: Buffer): Buffer {
    const bytes = this.#half.length === 0 ? pushed : Buffer.concat([this.#half, pushed]);
    const end = bytes.length - (bytes.length % 2);
    this.#half = Buffer.from(bytes.subarray(end));
    return bytes.subarray(0, end);
  }

  /** `isLasting`: the piece is needed after this read. */
  #keep(bytes: Buffer, isLasting: boolean): void {
    this.#offset += bytes.length;
    this.#rawBytes += bytes.length;
    // A program that writes on where it was, in a file that was emptied, leaves a hole before its line.
    const piece = this.#keptBytes === 0 ? this.#encoding.withoutLeadingNuls(bytes) : bytes;
    this.#nulBytes += bytes.length - piece.length;
    // A few bytes more than the limit, to see that there was more, and where the last character ends.
    const room = this.#maxLineBytes + 4 - this.#keptBytes;
    if (piece.length === 0 || room <= 0) return;
    const kept = piece.subarray(0, room);
    this.#parts.push(isLasting ? Buffer.from(kept) : kept);
    this.#keptBytes += kept.length;
  }

  /** With the bytes of its newline; 0 if it has none. */
  #finish(newlineBytes: number): Line {
    this.#rawBytes += newlineBytes;
    this.#offset += newlineBytes;
    const whole = this.#parts.length === 1 ? (this.#parts[0] ?? NONE) : Buffer.concat(this.#parts);
    const contentBytes = this.#rawBytes - this.#nulBytes - newlineBytes;
    const isTooLong = contentBytes > this.#maxLineBytes;
    const end = isTooLong ? this.#encoding.characterBorder(whole, this.#maxLineBytes) : whole.length;
    const text = this.#encoding.decode(whole.subarray(0, end));
    const isCrLf = !isTooLong && text.charCodeAt(text.length - 1) === CR;
    const isMarked = this.#offset === this.#rawBytes && text.charCodeAt(0) === BYTE_ORDER_MARK;
    const line: Line = {
      text: text.slice(isMarked ? 1 : 0, isCrLf ? -1 : undefined),
      rawBytes: this.#rawBytes,
      endOffset: this.#offset,
      cutBytes: isTooLong ? contentBytes - end : 0,
      nulBytes: this.#nulBytes,
      isTorn: newlineBytes === 0,
      traits: undefined,
    };
    this.#parts = [];
    this.#keptBytes = 0;
    this.#rawBytes = 0;
    this.#nulBytes = 0;
    return line;
  }
}
