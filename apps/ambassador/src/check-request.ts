/**
 * Refuses what two HTTP programs could read differently, before anything of it is passed on. Node's parser already
 * refuses Content-Length beside Transfer-Encoding, repeated or odd lengths, folded headers and bare line feeds; this
 * adds what it lets through. (RFC 9112 sections 3.2, 6.1 and 11.2.)
 */
import type { IncomingMessage } from 'node:http';
import { ProxyError } from './proxy-error.ts';

const MAX_HEADER_COUNT = 100;
const HOST = /^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~-]+)(?::\d{1,5})?$/;
const ABSOLUTE_TARGET = /^http:\/\/([^/?]*)([/?].*)?$/i;

export interface CheckedRequest {
  readonly method: string;
  /** Path and query, byte for byte as the client sent them. */
  readonly path: string;
  /** The value for Host; undefined if an HTTP/1.0 client sent none. */
  readonly host: string | undefined;
  readonly body: 'none' | 'sized' | 'chunked';
}

/** Throws a ProxyError whose message says what is wrong with the request. */
export function checkRequest(request: IncomingMessage): CheckedRequest {
  const method = request.method ?? '';
  // It would send back headers that the client cannot see otherwise, among them those added on the way.
  if (method === 'TRACE') throw new ProxyError('METHOD_NOT_ALLOWED', 'TRACE is not passed on');
  if (request.rawHeaders.length / 2 > MAX_HEADER_COUNT) {
    throw new ProxyError('HEADERS_TOO_LARGE', `there are more than ${MAX_HEADER_COUNT} headers`);
  }
  return { method, ...checkTarget(request, checkHost(request)), body: checkBody(request) };
}

function checkHost(request: IncomingMessage): string | undefined {
  const hosts = request.headersDistinct['host'] ?? [];
  const [host] = hosts;
  if (hosts.length > 1) throw new ProxyError('REQUEST_INVALID', 'there is more than one Host header');
  if (host === undefined && request.httpVersion !== '1.0')
    throw new ProxyError('REQUEST_INVALID', 'there is no Host header');
  if (host !== undefined && !HOST.test(host)) throw new ProxyError('REQUEST_INVALID', 'the Host header is not valid');
  return host;
}

function checkTarget(request: IncomingMessage, host: string | undefined): { path: string; host: string | undefined } {
  const target = request.url ?? '';
  if (target.includes('#')) throw new ProxyError('REQUEST_INVALID', 'the request target has a fragment');
  if (target.startsWith('/') || (target === '*' && request.method === 'OPTIONS')) return { path: target, host };
  // The absolute form names the host itself, and that one counts, whatever Host says.
  const [isAbsolute, authority = '', rest = '/'] = ABSOLUTE_TARGET.exec(target) ?? [];
  if (isAbsolute === undefined || !HOST.test(authority)) {
    throw new ProxyError('REQUEST_INVALID', 'the request target is neither a path nor an http: URL');
  }
  return { path: rest.startsWith('/') ? rest : `/${rest}`, host: authority };
}

function checkBody(request: IncomingMessage): CheckedRequest['body'] {
  const { 'transfer-encoding': encoding, 'content-length': length } = request.headers;
  if (encoding === undefined) return length === undefined || Number(length) === 0 ? 'none' : 'sized';
  if (request.httpVersion === '1.0') {
    throw new ProxyError('REQUEST_INVALID', 'HTTP/1.0 has no Transfer-Encoding');
  }
  if (length !== undefined) {
    throw new ProxyError('REQUEST_INVALID', 'there are both Content-Length and Transfer-Encoding');
  }
  if (encoding.toLowerCase() !== 'chunked') {
    throw new ProxyError('ENCODING_NOT_SUPPORTED', `the transfer encoding "${encoding}" is not supported`);
  }
  return 'chunked';
}
