/** What an HTTP/1.1 message consists of, and the parts of its grammar that requests and responses share (RFC 9112). */

export type Field = readonly [name: string, value: string];

export interface Message {
  readonly version: string;
  /** In the order and the letter case in which they came, without the space around their values. */
  readonly fields: readonly Field[];
  readonly framing: 'none' | 'length' | 'chunked' | 'until-close';
  readonly body: string;
  readonly trailers: readonly Field[];
}

export interface RequestMessage extends Message {
  readonly method: string;
  readonly target: string;
}

/** What a reader makes of the beginning of a stream. */
export type Reading<T> =
  | { readonly kind: 'message'; readonly message: T; readonly length: number }
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'refused'; readonly reason: string };

export const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** Thrown by the parts below and caught by the readers. */
export class Refusal extends Error {}

/** All values of a field, whatever the letter case of its name. */
export function valuesOf({ fields }: Pick<Message, 'fields'>, name: string): string[] {
  return fields.filter(([key]) => key.toLowerCase() === name.toLowerCase()).map(([, value]) => value);
}

/** One value of a field, its lines joined as RFC 9110 section 5.3 says; undefined if it is missing. */
export function valueOf(message: Pick<Message, 'fields'>, name: string): string | undefined {
  const values = valuesOf(message, name);
  return values.length === 0 ? undefined : values.join(', ');
}

/** Reads lines of fields, each of them exactly as the grammar says. */
export function readFields(lines: readonly string[]): Field[] {
  return lines.map((line) => {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon);
    const value = line.slice(colon + 1);
    if (colon < 0) throw new Refusal(`a field without a colon: ${JSON.stringify(line)}`);
    if (!TOKEN.test(name)) throw new Refusal(`a field name that is no token: ${JSON.stringify(name)}`);
    // Other control characters may be kept (RFC 9110 section 5.5).
    if (/[\0\r\n]/.test(value)) throw new Refusal(`CR, LF or NUL in ${JSON.stringify(line)}`);
    return [name, value.replace(/^[ \t]+|[ \t]+$/g, '')];
  });
}

/** The body that a Content-Length or chunks say; undefined while bytes of it are missing. */
export function readBody(
  bytes: string,
  start: number,
  message: Pick<Message, 'fields'>,
): (Pick<Message, 'framing' | 'body' | 'trailers'> & { readonly length: number }) | undefined {
  const encodings = valuesOf(message, 'transfer-encoding');
  const lengths = valuesOf(message, 'content-length');
  const [length] = lengths;
  if (encodings.length > 0) {
    if (lengths.length > 0) throw new Refusal('both Content-Length and Transfer-Encoding');
    if (encodings.length > 1 || encodings[0]?.toLowerCase() !== 'chunked') {
      throw new Refusal(`Transfer-Encoding: ${encodings.join(' | ')}`);
    }
    return readChunks(bytes, start);
  }
  if (length === undefined) return { framing: 'none', body: '', trailers: [], length: start };
  if (lengths.length > 1 || !/^\d{1,15}$/.test(length)) throw new Refusal(`Content-Length: ${lengths.join(' | ')}`);
  const end = start + Number(length);
  if (bytes.length < end) return undefined;
  return { framing: 'length', body: bytes.slice(start, end), trailers: [], length: end };
}

const CHUNK_EXTENSIONS =
  /^(?:[ \t]*;[ \t]*[!#$%&'*+.^_`|~0-9A-Za-z-]+(?:[ \t]*=[ \t]*(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+|"(?:[\t \x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t\x20-\x7e\x80-\xff])*"))?)*$/;

function readChunks(bytes: string, start: number): ReturnType<typeof readBody> {
  let at = start;
  let body = '';
  for (;;) {
    const lineEnd = findLineEnd(bytes, at);
    // A faulty size can be refused before its line is whole.
    const line = bytes.slice(at, lineEnd ?? bytes.length).replace(/\r$/, lineEnd === undefined ? '' : '\r');
    const [size = ''] = /^[0-9A-Fa-f]*/.exec(line) ?? [];
    const isOdd = line !== '' && (size === '' || size.length > 16 || !/^[ \t;]?$/.test(line.charAt(size.length)));
    if (isOdd || (lineEnd !== undefined && (size === '' || !CHUNK_EXTENSIONS.test(line.slice(size.length))))) {
      throw new Refusal(`a chunk that begins with ${JSON.stringify(line.slice(0, 40))}`);
    }
    if (lineEnd === undefined) return undefined;
    at = lineEnd + 2;
    const sizeBytes = Number.parseInt(size, 16);
    if (sizeBytes === 0) break;
    const end = bytes.slice(at + sizeBytes, at + sizeBytes + 2);
    if (!'\r\n'.startsWith(end)) throw new Refusal(`a chunk that ends with ${JSON.stringify(end)}`);
    if (end.length < 2) return undefined;
    body += bytes.slice(at, at + sizeBytes);
    at += sizeBytes + 2;
  }
  const lines: string[] = [];
  for (;;) {
    const lineEnd = findLineEnd(bytes, at);
    if (lineEnd === undefined) return undefined;
    const line = bytes.slice(at, lineEnd);
    at = lineEnd + 2;
    if (line === '') return { framing: 'chunked', body, trailers: readFields(lines), length: at };
    lines.push(line);
  }
}

/** Where the next line ends; undefined while it has not. Refuses a line feed that stands alone, and a bare CR. */
export function findLineEnd(bytes: string, start: number): number | undefined {
  const lineFeed = bytes.indexOf('\n', start);
  const line = bytes.slice(start, lineFeed < 0 ? bytes.length : lineFeed);
  const bare = line.indexOf('\r');
  if (bare >= 0 && bare < line.length - 1) throw new Refusal('a bare carriage return');
  if (lineFeed < 0) return undefined;
  if (bare < 0) throw new Refusal('a bare line feed');
  return lineFeed - 1;
}
