/**
 * Which headers go through. First everything is taken out that belongs to one connection only, that the Connection
 * header names, or that only a proxy may say; then ours are added. In this order a client cannot have our own headers
 * removed by naming them in Connection. (RFC 9110 section 7.6.)
 */
import type { CheckedRequest } from './check-request.ts';
import type { Exchange } from './exchange.ts';
import { appendForwarded } from './forwarded.ts';
import type { AnswerHead } from './response-parser.ts';

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
  'x-request-id',
  'traceparent',
]);
const SET_ON_RESPONSES = new Set([...OF_ONE_CONNECTION, 'content-length', 'x-request-id']);
/** RFC 9110 section 6.5.1: what frames, routes, authenticates or controls must be known before the body. */
const NOT_IN_TRAILERS = new Set([
  ...SET_ON_REQUESTS,
  ...SET_ON_RESPONSES,
  'age',
  'authorization',
  'cache-control',
  'content-encoding',
  'content-range',
  'content-type',
  'cookie',
  'date',
  'expires',
  'forwarded',
  'location',
  'max-forwards',
  'pragma',
  'range',
  'retry-after',
  'set-cookie',
  'vary',
  'via',
  'warning',
  'www-authenticate',
  'x-real-ip',
]);

/** Methods for which a missing body is not the usual case, so its absence is said with a length of 0. */
const METHODS_WITH_BODY = new Set(['POST', 'PUT', 'PATCH']);

/** Name and value by turns, in the order and the letter case of the client, for the request to the upstream. */
export function createRequestHeaders(exchange: Exchange, checked: CheckedRequest): string[] {
  const { request, facts, context } = exchange;
  const { route, pseudonym } = context;
  const { names, connectionTokens } = facts;
  const { rawHeaders } = request;
  const isTrusted = route.isTrusted(exchange.clientAddress);
  const forwarded: string[] = [];
  const headers = ['Host', checked.host ?? route.upstream.authority];
  for (let index = 0; index < names.length; index += 1) {
    const name = names[index] ?? '';
    // To an app that reads headers as CGI variables, X_Forwarded_For is the same as X-Forwarded-For.
    if (SET_ON_REQUESTS.has(name) || name.includes('_') || connectionTokens.includes(name)) continue;
    if (name === 'max-forwards' && checked.maxForwards !== undefined) continue;
    if (name === 'tracestate' && !exchange.isTraceContinued) continue;
    const to = name.startsWith('x-forwarded-') || name === 'forwarded' || name === 'x-real-ip' ? forwarded : headers;
    to.push(rawHeaders[2 * index] ?? '', rawHeaders[2 * index + 1] ?? '');
  }
  if (checked.maxForwards !== undefined) headers.push('Max-Forwards', String(checked.maxForwards - 1));
  headers.push('Via', `1.${request.httpVersionMinor} ${pseudonym}`);
  appendForwarded(headers, isTrusted ? forwarded : [], exchange.clientAddress, checked.host);
  headers.push('X-Request-Id', exchange.requestId, 'Traceparent', exchange.traceparent);
  const changed = route.applyRequestRules?.(headers) ?? headers;
  pushRequestFraming(changed, facts.contentLength, checked);
  return changed;
}

function pushRequestFraming(headers: string[], length: string | undefined, checked: CheckedRequest): void {
  if (checked.body === 'chunked') headers.push('Transfer-Encoding', 'chunked');
  else if (length !== undefined) headers.push('Content-Length', length);
  else if (METHODS_WITH_BODY.has(checked.method)) headers.push('Content-Length', '0');
  if (checked.expectsContinue) headers.push('Expect', '100-continue');
}

/** Name and value by turns, for the answer to the client. */
export function createResponseHeaders(exchange: Exchange, head: AnswerHead): string[] {
  const { route, pseudonym } = exchange.context;
  const headers: string[] = [];
  copyResponseHeaders(head, headers);
  headers.push('Via', `1.${head.minorVersion} ${pseudonym}`, 'X-Request-Id', exchange.requestId);
  const changed = route.applyResponseRules?.(headers) ?? headers;
  // RFC 9110 section 8.6: an answer without content by its status has no length.
  if (head.contentLength !== undefined && head.status !== 204 && head.status >= 200) {
    changed.push('Content-Length', head.contentLength);
  }
  return changed;
}

/** The headers of an interim answer by name, without what belongs to the connection. */
export function createInformationHeaders(head: AnswerHead): string[] {
  const headers: string[] = [];
  copyResponseHeaders(head, headers);
  return headers;
}

function copyResponseHeaders({ rawHeaders, connectionTokens }: AnswerHead, to: string[]): void {
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    const key = name.toLowerCase();
    if (!SET_ON_RESPONSES.has(key) && !connectionTokens.includes(key)) to.push(name, rawHeaders[index + 1] ?? '');
  }
}

/** Of name and value by turns, those that may stand in trailers; never taken for headers. */
export function selectTrailers(raw: readonly string[]): string[] {
  const trailers: string[] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index] ?? '';
    const key = name.toLowerCase();
    if (NOT_IN_TRAILERS.has(key) || key.includes('_') || key.startsWith('x-forwarded-') || key.startsWith('if-')) {
      continue;
    }
    trailers.push(name, raw[index + 1] ?? '');
  }
  return trailers;
}
