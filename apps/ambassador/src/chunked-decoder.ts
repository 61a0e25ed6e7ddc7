/**
 * Takes the chunks off a body, strictly (RFC 9112 section 7.1): a size is hexadecimal digits and nothing else, every
 * line ends with CR LF, and extensions and trailers are limited.
 */
import { assertCleanText, InvalidAnswerError, readFieldLines } from './field-lines.ts';

const MAX_SIZE_DIGITS = 12;
const MAX_EXTENSION_BYTES = 4_096;
const MAX_TRAILER_BYTES = 16_384;
const CR = 0x0d;
const LF = 0x0a;
const SEMICOLON = 0x3b;

type State = 'size' | 'extension' | 'size-lf' | 'data' | 'data-cr' | 'data-lf' | 'trailers' | 'done';

export class ChunkedDecoder {
  /** Name and value by turns, complete once the body is. */
  readonly trailers: string[] = [];
  #state: State = 'size';
  #size = 0;
  #sizeDigits = 0;
  /** Of all chunks together, so that a million small ones are no way round the limit. */
  #extensionBytes = 0;
  #trailerText = '';

  get isDone(): boolean {
    return this.#state === 'done';
  }

  /**
   * Reads from `start` on and hands the data to `onData`. Returns where it stopped: the end of the chunk, or if the
   * body is done, what follows it. Throws an InvalidAnswerError.
   */
  read(chunk: Buffer, start: number, onData: (data: Buffer) => void): number {
    let position = start;
    while (position < chunk.length && this.#state !== 'done') {
      if (this.#state === 'data') {
        const end = Math.min(chunk.length, position + this.#size);
        this.#size -= end - position;
        onData(chunk.subarray(position, end));
        position = end;
        if (this.#size === 0) this.#state = 'data-cr';
      } else if (this.#state === 'trailers') {
        position = this.#readTrailers(chunk, position);
      } else {
        this.#readByte(chunk[position] ?? 0);
        position += 1;
      }
    }
    return position;
  }

  #readByte(byte: number): void {
    switch (this.#state) {
      case 'size':
        return this.#readSize(byte);
      case 'extension':
        if (byte === CR) this.#state = 'size-lf';
        else if (byte !== 0x09 && (byte < 0x20 || byte === 0x7f)) throw new InvalidAnswerError('a bad chunk extension');
        else if ((this.#extensionBytes += 1) > MAX_EXTENSION_BYTES)
          throw new InvalidAnswerError('chunk extensions that are too large');
        return undefined;
      case 'size-lf':
        expectByte(byte, LF);
        this.#state = this.#size === 0 ? 'trailers' : 'data';
        this.#sizeDigits = 0;
        return undefined;
      case 'data-cr':
        expectByte(byte, CR);
        this.#state = 'data-lf';
        return undefined;
      case 'data-lf':
        expectByte(byte, LF);
        this.#state = 'size';
        return undefined;
      case 'data':
      case 'trailers':
      case 'done':
        return undefined;
    }
  }

  #readSize(byte: number): void {
    const digit = toHexDigit(byte);
    if (digit !== -1) {
      this.#size = this.#size * 16 + digit;
      this.#sizeDigits += 1;
      if (this.#sizeDigits > MAX_SIZE_DIGITS) throw new InvalidAnswerError('a chunk size that is too large');
      return;
    }
    if (this.#sizeDigits === 0 || (byte !== CR && byte !== SEMICOLON)) {
      throw new InvalidAnswerError('a chunk size that is no number');
    }
    this.#state = byte === CR ? 'size-lf' : 'extension';
  }

  /** The trailers end with an empty line, as a head does; often that line is all there is. */
  #readTrailers(chunk: Buffer, start: number): number {
    const before = this.#trailerText.length;
    const text = this.#trailerText + chunk.toString('latin1', start, start + MAX_TRAILER_BYTES + 1);
    const isEmpty = text.startsWith('\r\n');
    const end = isEmpty ? 0 : text.indexOf('\r\n\r\n');
    if (end === -1) {
      if (text.length > MAX_TRAILER_BYTES) throw new InvalidAnswerError('trailers that are too large');
      assertCleanText(text.endsWith('\r') ? text.slice(0, -1) : text);
      this.#trailerText = text;
      return chunk.length;
    }
    const lines = isEmpty ? '' : text.slice(0, end + 2);
    assertCleanText(lines);
    readFieldLines(lines, 0, this.trailers);
    this.#state = 'done';
    return start + lines.length + 2 - before;
  }
}

function expectByte(byte: number, expected: number): void {
  if (byte !== expected) throw new InvalidAnswerError('a chunk that does not end where its size says');
}

function toHexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
