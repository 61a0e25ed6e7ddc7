/**
 * Lines on their way out, as bytes in one place. A line becomes bytes as soon as it is made: the pieces that its text was
 * put together from are garbage at once then, while those of a whole batch would have to be carried along.
 */

const INITIAL_BYTES = 262_144;

/** No UTF-16 unit takes more bytes of UTF-8. */
const MAX_BYTES_PER_UNIT = 3;

export class LineBuffer {
  #bytes = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  /** How many bytes there are. */
  length = 0;

  /** A line, or several, each with its newline. */
  add(lines: string): void {
    const target = this.reserve(lines.length * MAX_BYTES_PER_UNIT);
    this.length += target.write(lines, this.length);
  }

  /** Makes room for so many bytes after `length`; whoever writes them there sets it anew. */
  reserve(count: number): Buffer {
    const needed = this.length + count;
    if (needed > this.#bytes.length) this.#grow(needed);
    return this.#bytes;
  }

  /** What was added, as long as nothing else is. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.length);
  }

  get capacityBytes(): number {
    return this.#bytes.length;
  }

  clear(): void {
    this.length = 0;
  }

  #grow(needed: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(larger, 0, 0, this.length);
    this.#bytes = larger;
  }
}
