/**
 * Reads the answers of an upstream from the bytes of its connection. It believes only what has one reading
 * (RFC 9112 sections 2 to 7): anything else is an InvalidAnswerError, after which the connection must not be used.
 */
import { ChunkedDecoder } from './chunked-decoder.ts';
import { assertCleanText, InvalidAnswerError, readFieldLines } from './field-lines.ts';

const MAX_HEAD_BYTES = 65_536;
const MAX_INFORMATIONS = 16;
const EMPTY = Buffer.alloc(0);
const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: ([^\r\n]*))?\r\n/;
const BEGINNING = 'HTTP/1.';
const CR = 0x0d;

export interface AnswerHead {
  readonly minorVersion: number;
  readonly status: number;
  readonly reason: string;
  /** Name and value by turns, as they came. */
  readonly rawHeaders: readonly string[];
  /** The value of Content-Length, for the client; it says nothing about this body if there is none. */
  readonly contentLength: string | undefined;
  /** Lower case and without blanks, of all Connection headers. */
  readonly connectionTokens: readonly string[];
  readonly upgrade: string | undefined;
  /** Whether the upstream lets the connection carry another request after this answer. */
  readonly isPersistent: boolean;
  /** How long it promises to keep it; undefined if it does not say. */
  readonly keepAliveMs: number | undefined;
  readonly framing: 'none' | 'sized' | 'chunked' | 'until-close';
}

export interface ParserEvents {
  onInformation(head: AnswerHead): void;
  onHead(head: AnswerHead): void;
  onData(chunk: Buffer): void;
  /** The answer is whole; `trailers` as rawHeaders. */
  onEnd(trailers: readonly string[]): void;
}

type State = 'idle' | 'head' | 'sized' | 'chunked' | 'until-close';

const NO_TRAILERS: readonly string[] = [];

export class ResponseParser {
  readonly #events: ParserEvents;
  readonly #onData: (chunk: Buffer) => void;
  #state: State = 'idle';
  #method = '';
  #isUpgradeAsked = false;
  /** Room for a head that comes in pieces, and how much of it has come. */
  #room: Buffer = EMPTY;
  #partialBytes = 0;
  #remainingBytes = 0;
  #informations = 0;
  #decoder: ChunkedDecoder | undefined;

  constructor(events: ParserEvents) {
    this.#events = events;
    this.#onData = (chunk) => events.onData(chunk);
  }

  /** Expects the answer to a request of this method. */
  expect(method: string, isUpgradeAsked: boolean): void {
    this.#state = 'head';
    this.#method = method;
    this.#isUpgradeAsked = isUpgradeAsked;
    this.#partialBytes = 0;
    this.#informations = 0;
    this.#decoder = undefined;
  }

  /** No answer is due any more. */
  stop(): void {
    this.#state = 'idle';
  }

  /**
   * Reads what has arrived, and calls the events as it goes. Returns what follows the answer, if it ended: the first
   * bytes of the other protocol after 101, and what nobody asked for after any other. Throws an InvalidAnswerError.
   */
  read(chunk: Buffer): Buffer {
    let rest = chunk;
    while (rest.length > 0 && this.#state !== 'idle') {
      switch (this.#state) {
        case 'head':
          rest = this.#readHead(rest);
          break;
        case 'sized':
          rest = this.#readSized(rest);
          break;
        case 'chunked':
          rest = this.#readChunked(rest);
          break;
        case 'until-close':
          this.#events.onData(rest);
          return EMPTY;
      }
    }
    return rest;
  }

  /** The upstream has closed its side in order. Returns whether that is a valid end of the answer. */
  end(): boolean {
    if (this.#state !== 'until-close') return false;
    this.#finish(NO_TRAILERS);
    return true;
  }

  #finish(trailers: readonly string[]): void {
    this.#state = 'idle';
    this.#events.onEnd(trailers);
  }

  #readHead(chunk: Buffer): Buffer {
    const before = this.#partialBytes;
    const bytes = before === 0 ? chunk : this.#append(chunk);
    // Four bytes may lie on both sides of a border between two chunks.
    const end = bytes.indexOf('\r\n\r\n', Math.max(0, before - 3), 'latin1');
    if (end === -1 || end > MAX_HEAD_BYTES) {
      if (bytes.length > MAX_HEAD_BYTES) throw new InvalidAnswerError('a head that is too large');
      assertBeginning(bytes, before);
      if (before === 0) this.#append(chunk);
      return EMPTY;
    }
    this.#partialBytes = 0;
    const head = parseHead(bytes.toString('latin1', 0, end + 2), this.#method);
    const rest = bytes.subarray(end + 4);
    if (head.status < 200 && head.status !== 101) {
      if ((this.#informations += 1) > MAX_INFORMATIONS) throw new InvalidAnswerError('too many interim answers');
      this.#events.onInformation(head);
      return rest;
    }
    if (head.status === 101 && !this.#isUpgradeAsked) {
      throw new InvalidAnswerError('a switch of protocols that nobody asked for');
    }
    this.#begin(head);
    return rest;
  }

  /** Returns all of the head that has come. */
  #append(chunk: Buffer): Buffer {
    const size = this.#partialBytes + chunk.length;
    if (size > this.#room.length) {
      const room = Buffer.allocUnsafe(2 * size);
      this.#room.copy(room, 0, 0, this.#partialBytes);
      this.#room = room;
    }
    chunk.copy(this.#room, this.#partialBytes);
    this.#partialBytes = size;
    return this.#room.subarray(0, size);
  }

  #begin(head: AnswerHead): void {
    this.#remainingBytes = head.framing === 'sized' ? Number(head.contentLength) : 0;
    this.#state = head.framing === 'none' ? 'sized' : head.framing;
    if (head.framing === 'chunked') this.#decoder = new ChunkedDecoder();
    this.#events.onHead(head);
    if (this.#remainingBytes === 0 && this.#state === 'sized') this.#finish(NO_TRAILERS);
  }

  #readSized(chunk: Buffer): Buffer {
    if (chunk.length < this.#remainingBytes) {
      this.#remainingBytes -= chunk.length;
      this.#events.onData(chunk);
      return EMPTY;
    }
    const size = this.#remainingBytes;
    this.#events.onData(size === chunk.length ? chunk : chunk.subarray(0, size));
    if (this.#state === 'sized') this.#finish(NO_TRAILERS);
    return size === chunk.length ? EMPTY : chunk.subarray(size);
  }

  #readChunked(chunk: Buffer): Buffer {
    const decoder = this.#decoder;
    if (decoder === undefined) return EMPTY;
    const end = decoder.read(chunk, 0, this.#onData);
    if (decoder.isDone && this.#state === 'chunked') this.#finish(decoder.trailers);
    return chunk.subarray(end);
  }
}

/** Finds out at once that something is no answer, instead of waiting for an end that will not come. */
function assertBeginning(bytes: Buffer, checkedBytes: number): void {
  const beginning = bytes.toString('latin1', 0, BEGINNING.length);
  if (beginning !== BEGINNING.slice(0, beginning.length)) throw new InvalidAnswerError('no HTTP/1 status line');
  // A carriage return at a border belongs to what follows it.
  const start = bytes[checkedBytes - 1] === CR ? checkedBytes - 1 : checkedBytes;
  const end = bytes.at(-1) === CR ? bytes.length - 1 : bytes.length;
  assertCleanText(bytes.toString('latin1', start, end));
}

/** `text` is the status line and the header lines, each with its line end. */
function parseHead(text: string, method: string): AnswerHead {
  assertCleanText(text);
  const [statusLine, minor, code, reason = ''] = STATUS_LINE.exec(text) ?? [];
  if (statusLine === undefined) throw new InvalidAnswerError('no HTTP/1 status line');
  const rawHeaders: string[] = [];
  readFieldLines(text, statusLine.length, rawHeaders);
  const minorVersion = minor === '0' ? 0 : 1;
  const status = Number(code);

  let contentLength: string | undefined;
  let encoding: string | undefined;
  let upgrade: string | undefined;
  let keepAliveMs: number | undefined;
  let connectionTokens: string[] | undefined;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    // Only names of these lengths matter here, and most others need not be changed to lower case for that.
    if (name.length !== 7 && name.length !== 10 && name.length !== 14 && name.length !== 17) continue;
    const value = rawHeaders[index + 1] ?? '';
    switch (name.toLowerCase()) {
      case 'content-length':
        if (contentLength !== undefined) throw new InvalidAnswerError('more than one Content-Length');
        if (!/^\d{1,15}$/.test(value)) throw new InvalidAnswerError('a Content-Length that is no number');
        contentLength = value;
        break;
      case 'transfer-encoding':
        if (encoding !== undefined) throw new InvalidAnswerError('more than one Transfer-Encoding');
        encoding = value;
        break;
      case 'connection':
        connectionTokens ??= [];
        for (const token of value.split(',')) connectionTokens.push(token.trim().toLowerCase());
        break;
      case 'keep-alive':
        keepAliveMs = parseKeepAlive(value);
        break;
      case 'upgrade':
        upgrade = upgrade === undefined ? value : `${upgrade}, ${value}`;
        break;
      default:
    }
  }
  if (encoding !== undefined) {
    if (contentLength !== undefined) throw new InvalidAnswerError('both Content-Length and Transfer-Encoding');
    if (minorVersion === 0) throw new InvalidAnswerError('a Transfer-Encoding in HTTP/1.0');
    if (encoding.toLowerCase() !== 'chunked') throw new InvalidAnswerError(`the transfer encoding "${encoding}"`);
  }
  const framing = chooseFraming(method, status, encoding, contentLength);
  const tokens = connectionTokens ?? NO_TRAILERS;
  return {
    minorVersion,
    status,
    reason,
    rawHeaders,
    contentLength,
    connectionTokens: tokens,
    upgrade,
    isPersistent:
      framing !== 'until-close' &&
      !tokens.includes('close') &&
      (minorVersion === 1 || tokens.includes('keep-alive')) &&
      // Such an answer has no body, yet says that it has; what follows may be that body.
      !(status === 204 && (encoding !== undefined || Number(contentLength ?? 0) > 0)),
    keepAliveMs,
    framing,
  };
}

/** RFC 9112 section 6.3. */
function chooseFraming(
  method: string,
  status: number,
  encoding: string | undefined,
  contentLength: string | undefined,
): AnswerHead['framing'] {
  if (method === 'HEAD' || status < 200 || status === 204 || status === 304) return 'none';
  if (encoding !== undefined) return 'chunked';
  return contentLength === undefined ? 'until-close' : 'sized';
}

function parseKeepAlive(value: string): number | undefined {
  const [, seconds] = /(?:^|[,\s])timeout=(\d{1,6})/i.exec(value) ?? [];
  return seconds === undefined ? undefined : Number(seconds) * 1_000;
}
