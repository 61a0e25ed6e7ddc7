/** Cuts the bytes of a file into lines, across the borders of what was read at once. No line takes more than its share. */

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
  /** The last bytes before `endOffset`, by which the place is known again; to be asked before the next read. */
  readonly anchor: () => Buffer;
}

/** How many bytes before a place are kept to know it again. */
export const ANCHOR_BYTES = 256;

const LF = 0x0a;
const CR = 0x0d;
const BYTE_ORDER_MARK = '\uFEFF';
const NONE = Buffer.alloc(0);

export class LineSplitter {
  #offset: number;
  #before: Buffer;
  #parts: Buffer[] = [];
  #keptBytes = 0;
  #rawBytes = 0;
  #nulBytes = 0;
  readonly #maxLineBytes: number;

  constructor(options: { readonly offset: number; readonly before: Buffer; readonly maxLineBytes: number }) {
    this.#offset = options.offset;
    this.#before = options.before;
    this.#maxLineBytes = options.maxLineBytes;
  }

  /** The lines that end in these bytes; what is left waits for its newline. The bytes are not held on to. */
  push(bytes: Buffer): Line[] {
    const before = this.#before;
    const lines: Line[] = [];
    let start = 0;
    for (let end = bytes.indexOf(LF); end >= 0; end = bytes.indexOf(LF, start)) {
      this.#keep(bytes.subarray(start, end), false);
      this.#rawBytes += 1;
      this.#offset += 1;
      lines.push(this.#finish(false, () => bytesBefore(before, bytes, end + 1)));
      start = end + 1;
    }
    if (start < bytes.length) this.#keep(bytes.subarray(start), true);
    this.#before = bytesBefore(before, bytes, bytes.length);
    // The last one may wait for the next read, and then the bytes are others.
    const last = lines.pop();
    if (last === undefined) return lines;
    const anchor = last.anchor();
    lines.push({ ...last, anchor: () => anchor });
    return lines;
  }

  /** The line that has no newline yet, if there is one; it is not waited for any longer. */
  takeTorn(): Line | undefined {
    if (this.#keptBytes === 0) return undefined;
    const before = this.#before;
    return this.#finish(true, () => before);
  }

  /** `isLasting`: the piece is needed after this read. */
  #keep(bytes: Buffer, isLasting: boolean): void {
    this.#offset += bytes.length;
    this.#rawBytes += bytes.length;
    // A program that writes on where it was, in a file that was emptied, leaves a hole before its line.
    const piece = this.#keptBytes === 0 ? withoutLeadingNuls(bytes) : bytes;
    this.#nulBytes += bytes.length - piece.length;
    // A few bytes more than the limit, to see that there was more, and where the last character ends.
    const room = this.#maxLineBytes + 4 - this.#keptBytes;
    if (piece.length === 0 || room <= 0) return;
    const kept = piece.subarray(0, room);
    this.#parts.push(isLasting ? Buffer.from(kept) : kept);
    this.#keptBytes += kept.length;
  }

  #finish(isTorn: boolean, anchor: () => Buffer): Line {
    const whole = this.#parts.length === 1 ? (this.#parts[0] ?? NONE) : Buffer.concat(this.#parts);
    const contentBytes = this.#rawBytes - this.#nulBytes - (isTorn ? 0 : 1);
    const isTooLong = contentBytes > this.#maxLineBytes;
    const end = isTooLong ? characterBorder(whole, this.#maxLineBytes) : whole.length;
    const cutBytes = isTooLong ? contentBytes - end : 0;
    const isCrLf = cutBytes === 0 && whole[end - 1] === CR;
    const text = whole.toString('utf8', 0, isCrLf ? end - 1 : end);
    const isFirst = this.#offset === this.#rawBytes;
    const line: Line = {
      text: isFirst && text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text,
      rawBytes: this.#rawBytes,
      endOffset: this.#offset,
      cutBytes,
      nulBytes: this.#nulBytes,
      isTorn,
      anchor,
    };
    this.#parts = [];
    this.#keptBytes = 0;
    this.#rawBytes = 0;
    this.#nulBytes = 0;
    return line;
  }
}

/** A copy of the last bytes before a place. */
function bytesBefore(before: Buffer, bytes: Buffer, end: number): Buffer {
  if (end >= ANCHOR_BYTES) return Buffer.from(bytes.subarray(end - ANCHOR_BYTES, end));
  return Buffer.concat([before.subarray(Math.max(0, before.length + end - ANCHOR_BYTES)), bytes.subarray(0, end)]);
}

function withoutLeadingNuls(bytes: Buffer): Buffer {
  let start = 0;
  while (start < bytes.length && bytes[start] === 0) start += 1;
  return bytes.subarray(start);
}

/** The last place at or before `end` that is not inside a UTF-8 character. */
function characterBorder(bytes: Buffer, end: number): number {
  let border = end;
  while (border > end - 3 && ((bytes[border] ?? 0) & 0xc0) === 0x80) border -= 1;
  return border;
}
