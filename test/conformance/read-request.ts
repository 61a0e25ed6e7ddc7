/**
 * Three ways to read a request. The strict one refuses whatever RFC 9112 does not allow, and is what everything sent is
 * measured by. The lenient two stand for the servers that attacks are made for: they take anything, and each believes
 * the framing that the other would not.
 */
import {
  findLineEnd,
  readBody,
  readFields,
  Refusal,
  TOKEN,
  valuesOf,
  type Reading,
  type RequestMessage,
} from './message.ts';

export type RequestReader = (bytes: string) => Reading<RequestMessage>;

const HOST = /^(?:\[[0-9A-Fa-f:.]+\]|(?:[A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*)(?::\d*)?$/;

/** Reads one request from the beginning of `bytes` as the grammar says, and refuses anything else. */
export const readStrictly: RequestReader = (bytes) => {
  try {
    return readStrict(bytes);
  } catch (error) {
    if (error instanceof Refusal) return { kind: 'refused', reason: error.message };
    throw error;
  }
};

function readStrict(bytes: string): Reading<RequestMessage> {
  const lines: string[] = [];
  let at = 0;
  for (;;) {
    const lineEnd = findLineEnd(bytes, at);
    if (lineEnd === undefined) return { kind: 'incomplete' };
    const line = bytes.slice(at, lineEnd);
    at = lineEnd + 2;
    // Empty lines before a request are to be ignored (section 2.2).
    if (line === '' && lines.length === 0) continue;
    if (line === '') break;
    lines.push(line);
  }
  const [start = '', ...rest] = lines;
  const [method = '', target = '', version = '', ...surplus] = start.split(' ');
  if (surplus.length > 0 || !TOKEN.test(method) || !/^HTTP\/1\.[01]$/.test(version)) {
    throw new Refusal(`the request line ${JSON.stringify(start)}`);
  }
  checkTarget(method, target);
  const fields = readFields(rest);
  const hosts = valuesOf({ fields }, 'host');
  if (hosts.length > 1 || (hosts.length === 0 && version === 'HTTP/1.1'))
    throw new Refusal(`${hosts.length} times Host`);
  if (hosts.some((host) => !HOST.test(host))) throw new Refusal(`Host: ${hosts[0]}`);
  if (version === 'HTTP/1.0' && valuesOf({ fields }, 'transfer-encoding').length > 0) {
    throw new Refusal('Transfer-Encoding in HTTP/1.0');
  }
  const body = readBody(bytes, at, { fields });
  if (body === undefined) return { kind: 'incomplete' };
  return { kind: 'message', message: { method, target, version, fields, ...body }, length: body.length };
}

/** A path may hold bytes that a URI may not: what counts is that they arrive as they were sent. */
function checkTarget(method: string, target: string): void {
  const isPath = target.startsWith('/') || (target === '*' && method === 'OPTIONS');
  if ((!isPath && !/^http:\/\/[^/?#@]+/i.test(target)) || !/^[\x21\x22\x24-\x7e\x80-\xff]+$/.test(target)) {
    throw new Refusal(`the request target ${JSON.stringify(target)}`);
  }
}

/** Takes any line end, name and number, and the first Content-Length before any Transfer-Encoding. */
export const readBelievingLength: RequestReader = (bytes) => readLeniently(bytes, 'length');

/** Takes any line end, name and number, and anything like `chunked` before any Content-Length. */
export const readBelievingChunks: RequestReader = (bytes) => readLeniently(bytes, 'chunked');

function readLeniently(bytes: string, preference: 'length' | 'chunked'): Reading<RequestMessage> {
  const begin = /^[\r\n]*/.exec(bytes)?.[0].length ?? 0;
  const separator = /\r?\n\r?\n/g;
  separator.lastIndex = begin;
  const headEnd = separator.exec(bytes);
  if (headEnd === null) return { kind: 'incomplete' };
  const start = headEnd.index + headEnd[0].length;
  const [first = '', ...lines] = bytes
    .slice(begin, headEnd.index)
    .replace(/\r?\n[ \t]+/g, ' ')
    .split(/\r?\n|\r/);
  const [method = '', target = '', version = ''] = first.trim().split(/[ \t\v\f]+/);
  const fields = lines.map((line) => {
    const [, name = line, value = ''] = /^(.*?)[ \t\v\f\0]*:[ \t\v\f]*(.*?)[ \t\v\f\0]*$/.exec(line) ?? [];
    return [name, value] as const;
  });
  const plain = fields.map(
    ([name, value]) =>
      [
        name
          .toLowerCase()
          .replaceAll('_', '-')
          .replace(/[^!-~]/g, ''),
        value,
      ] as const,
  );
  const length = plain.find(([name]) => name === 'content-length')?.[1];
  const isChunked = plain.some(([name, value]) => name === 'transfer-encoding' && /chunked/i.test(value));
  const request = { method, target, version, fields, trailers: [] };
  if (isChunked && (preference === 'chunked' || length === undefined)) {
    const chunks = readChunksLeniently(bytes, start);
    if (chunks === undefined) return { kind: 'incomplete' };
    return { kind: 'message', message: { ...request, framing: 'chunked', body: chunks.body }, length: chunks.length };
  }
  const lengthBytes = Number.parseInt(/\d+/.exec(length ?? '')?.[0] ?? '0', 10);
  if (bytes.length < start + lengthBytes) return { kind: 'incomplete' };
  const body = bytes.slice(start, start + lengthBytes);
  const framing = length === undefined ? 'none' : 'length';
  return { kind: 'message', message: { ...request, framing, body }, length: start + lengthBytes };
}

function readChunksLeniently(bytes: string, start: number): { body: string; length: number } | undefined {
  let at = start;
  let body = '';
  for (;;) {
    const lineEnd = bytes.indexOf('\n', at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(/[0-9A-Fa-f]+/.exec(bytes.slice(at, lineEnd).replace('0x', ''))?.[0] ?? '0', 16);
    at = lineEnd + 1;
    if (size === 0) break;
    if (bytes.length < at + size) return undefined;
    body += bytes.slice(at, at + size);
    at += size;
    at += /^\r?\n?/.exec(bytes.slice(at, at + 2))?.[0].length ?? 0;
  }
  // Trailers, if there are any, end with an empty line.
  for (;;) {
    const lineEnd = bytes.indexOf('\n', at);
    if (lineEnd < 0) return undefined;
    const line = bytes.slice(at, lineEnd).replace(/\r$/, '');
    at = lineEnd + 1;
    if (line === '') return { body, length: at };
  }
}
