/**
 * Refuses what two HTTP programs could read differently, before anything of it is passed on. Node's parser already
 * refuses Content-Length beside Transfer-Encoding, repeated or odd lengths, folded headers and bare line feeds; this
 * adds what it lets through. (RFC 9112 sections 3.2, 6.1 and 11.2.)
 */
import type { IncomingMessage } from 'node:http';
import type { Limits } from './config.ts';
import { ProxyError } from './proxy-error.ts';
import type { RequestFacts } from './request-facts.ts';

const HOST = /^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~-]+)(?::\d{1,5})?$/;
const ABSOLUTE_TARGET = /^http:\/\/([^/?]*)([/?].*)?$/i;
const NOT_IN_TARGET = /[^\x21-\x7e]|#/;

export interface CheckedRequest {
  readonly method: string;
  /** Path and query, byte for byte as the client sent them. */
  readonly path: string;
  /** The value for Host; undefined if an HTTP/1.0 client sent none. */
  readonly host: string | undefined;
  readonly body: 'none' | 'sized' | 'chunked';
  /** Whether the client waits for 100 Continue before it sends the body. */
  readonly expectsContinue: boolean;
  /** How many more proxies it may pass, if it says so and that counts for its method. */
  readonly maxForwards: number | undefined;
}

/** Throws a ProxyError whose message says what is wrong with the request. */
export function checkRequest(request: IncomingMessage, facts: RequestFacts, limits: Limits): CheckedRequest {
  const method = request.method ?? '';
  // It would send back headers that the client cannot see otherwise, among them those added on the way.
  if (method === 'TRACE') throw new ProxyError('METHOD_NOT_ALLOWED', 'TRACE is not passed on');
  if (facts.names.length > limits.maxHeaders) {
    throw new ProxyError('HEADERS_TOO_LARGE', `there are more than ${limits.maxHeaders} headers`);
  }
  if (request.httpVersion !== '1.1' && request.httpVersion !== '1.0') {
    throw new ProxyError('VERSION_NOT_SUPPORTED', `HTTP/${request.httpVersion} is not spoken here`);
  }
  const isOld = request.httpVersion === '1.0';
  const { path, host } = checkTarget(request, checkHost(facts, isOld));
  const body = checkBody(facts, isOld, limits.maxBodyBytes);
  const expectsContinue = checkExpectation(facts, isOld) && body !== 'none';
  const maxForwards = method === 'OPTIONS' && /^\d{1,9}$/.test(facts.maxForwards ?? '') ? facts.maxForwards : undefined;
  return {
    method,
    path,
    host,
    body,
    expectsContinue,
    maxForwards: maxForwards === undefined ? undefined : Number(maxForwards),
  };
}

function checkHost({ hosts }: RequestFacts, isOld: boolean): string | undefined {
  const [host] = hosts;
  if (hosts.length > 1) throw new ProxyError('REQUEST_INVALID', 'there is more than one Host header');
  if (host === undefined && !isOld) throw new ProxyError('REQUEST_INVALID', 'there is no Host header');
  if (host !== undefined && !HOST.test(host)) throw new ProxyError('REQUEST_INVALID', 'the Host header is not valid');
  return host;
}

function checkTarget(request: IncomingMessage, host: string | undefined): { path: string; host: string | undefined } {
  const target = request.url ?? '';
  if (NOT_IN_TARGET.test(target)) {
    throw new ProxyError('REQUEST_INVALID', 'the request target has a fragment or a character that has no place in it');
  }
  if (target.startsWith('/') || (target === '*' && request.method === 'OPTIONS')) return { path: target, host };
  // The absolute form names the host itself, and that one counts, whatever Host says.
  const [isAbsolute, authority = '', rest = '/'] = ABSOLUTE_TARGET.exec(target) ?? [];
  if (isAbsolute === undefined || !HOST.test(authority)) {
    throw new ProxyError('REQUEST_INVALID', 'the request target is neither a path nor an http: URL');
  }
  return { path: rest.startsWith('/') ? rest : `/${rest}`, host: authority };
}

function checkBody(facts: RequestFacts, isOld: boolean, maxBodyBytes: number | undefined): CheckedRequest['body'] {
  const { transferEncoding: encoding, contentLength: length } = facts;
  if (encoding === undefined) {
    const size = Number(length ?? 0);
    if (maxBodyBytes !== undefined && size > maxBodyBytes) throw createBodyTooLarge(maxBodyBytes);
    return size === 0 ? 'none' : 'sized';
  }
  if (isOld) throw new ProxyError('REQUEST_INVALID', 'HTTP/1.0 has no Transfer-Encoding');
  if (length !== undefined) {
    throw new ProxyError('REQUEST_INVALID', 'there are both Content-Length and Transfer-Encoding');
  }
  if (encoding.toLowerCase() !== 'chunked') {
    throw new ProxyError('ENCODING_NOT_SUPPORTED', `the transfer encoding "${encoding}" is not supported`);
  }
  return 'chunked';
}

/** RFC 9110 section 10.1.1: HTTP/1.0 has no expectations, and one that is not known must not be passed over. */
function checkExpectation({ expect }: RequestFacts, isOld: boolean): boolean {
  if (expect === undefined || isOld) return false;
  if (expect.toLowerCase() !== '100-continue') {
    throw new ProxyError('EXPECTATION_FAILED', `the expectation "${expect}" cannot be met`);
  }
  return true;
}

/** The refusal of a body of more bytes than are allowed. */
export function createBodyTooLarge(maxBodyBytes: number): ProxyError {
  return new ProxyError('BODY_TOO_LARGE', `the body has more than ${maxBodyBytes} bytes`);
}
