/**
 * Which headers go through. First everything is taken out that belongs to one connection only, that the Connection
 * header names, or that only a proxy may say; then ours are added. In this order a client cannot have our own headers
 * removed by naming them in Connection. (RFC 9110 section 7.6.)
 */
import type { IncomingMessage } from 'node:http';
import { formatTraceparent, type TraceContext } from '@pod-patterns/runtime/trace-context.ts';
import type { CheckedRequest } from './check-request.ts';

/** How the ambassador names itself in Via. */
const PSEUDONYM = 'ambassador';

const OF_ONE_CONNECTION = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
];
const SET_ON_REQUESTS = new Set([
  ...OF_ONE_CONNECTION,
  'host',
  'content-length',
  'expect',
  'forwarded',
  'x-real-ip',
  'x-request-id',
  'traceparent',
]);
const SET_ON_RESPONSES = new Set([...OF_ONE_CONNECTION, 'content-length', 'x-request-id']);

/** Methods for which a missing body is not the usual case, so its absence is said with a length of 0. */
const METHODS_WITH_BODY = new Set(['POST', 'PUT', 'PATCH']);

export interface RequestIdentity {
  readonly requestId: string;
  readonly trace: TraceContext;
  /** Whether the client's own trace is continued; if it was not valid, its tracestate means nothing either. */
  readonly isTraceContinued: boolean;
  readonly clientAddress: string;
}

/** Name and value by turns, in the order and the letter case of the client, for the request to the upstream. */
export function createRequestHeaders(
  request: IncomingMessage,
  checked: CheckedRequest,
  identity: RequestIdentity,
  upstreamAuthority: string,
): string[] {
  const dropped = namedByConnection(request.rawHeaders);
  if (!identity.isTraceContinued) dropped.add('tracestate');
  const headers = ['Host', checked.host ?? upstreamAuthority];
  copyHeaders(request.rawHeaders, headers, (name) => {
    // To an app that reads headers as CGI variables, X_Forwarded_For is the same as X-Forwarded-For.
    const plain = name.replaceAll('_', '-');
    return dropped.has(name) || SET_ON_REQUESTS.has(plain) || plain.startsWith('x-forwarded-');
  });
  headers.push('Via', `${request.httpVersion} ${PSEUDONYM}`);
  headers.push('X-Forwarded-For', identity.clientAddress, 'X-Forwarded-Proto', 'http');
  if (checked.host !== undefined) headers.push('X-Forwarded-Host', checked.host);
  headers.push('X-Request-Id', identity.requestId, 'Traceparent', formatTraceparent(identity.trace));
  pushRequestFraming(headers, request, checked);
  return headers;
}

function pushRequestFraming(headers: string[], request: IncomingMessage, { method, body }: CheckedRequest): void {
  const length = request.headers['content-length'];
  if (body === 'chunked') headers.push('Transfer-Encoding', 'chunked');
  else if (length !== undefined) headers.push('Content-Length', length);
  else if (METHODS_WITH_BODY.has(method)) headers.push('Content-Length', '0');
  if (body !== 'none' && request.headers.expect !== undefined) headers.push('Expect', '100-continue');
}

/** Name and value by turns, for the answer to the client. */
export function createResponseHeaders(answer: IncomingMessage, requestId: string): string[] {
  const dropped = namedByConnection(answer.rawHeaders);
  const headers: string[] = [];
  copyHeaders(answer.rawHeaders, headers, (name) => dropped.has(name) || SET_ON_RESPONSES.has(name));
  headers.push('Via', `${answer.httpVersion} ${PSEUDONYM}`, 'X-Request-Id', requestId);
  const length = answer.headers['content-length'];
  if (length !== undefined) headers.push('Content-Length', length);
  return headers;
}

function copyHeaders(from: readonly string[], to: string[], isDropped: (name: string) => boolean): void {
  for (let index = 0; index + 1 < from.length; index += 2) {
    const name = from[index] ?? '';
    if (!isDropped(name.toLowerCase())) to.push(name, from[index + 1] ?? '');
  }
}

function namedByConnection(rawHeaders: readonly string[]): Set<string> {
  const names = new Set<string>();
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.toLowerCase() !== 'connection') continue;
    for (const token of (rawHeaders[index + 1] ?? '').split(',')) names.add(token.trim().toLowerCase());
  }
  return names;
}
