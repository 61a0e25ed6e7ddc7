/**
 * One request and what became of it: the record from which the access log and the metrics are written, whichever way
 * it ended.
 */
import { randomUUID } from 'node:crypto';
import { IncomingMessage, type ServerResponse } from 'node:http';
import { nextSpan, parseTraceparent, type TraceContext } from '@pod-patterns/runtime/trace-context.ts';
import type { RequestIdentity } from './headers.ts';

const SANE_REQUEST_ID = /^[A-Za-z0-9._~:+/=@-]{1,128}$/;

/**
 * A request that leads to its exchange. It does so by a field, because a WeakMap from requests to exchanges would keep
 * each of them until the next full collection: V8's young generation holds on to the values of such a map.
 */
export class TrackedRequest extends IncomingMessage {
  exchange: Exchange | undefined = undefined;
}

export interface ExchangeOptions {
  readonly listener: string;
  readonly upstream: string;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Of the monotonic clock, in milliseconds. */
  readonly startedAtMs: number;
  /** Whether the client should be told that its connection ends with this answer. */
  readonly isLastOfConnection: () => boolean;
}

export interface Exchange extends ExchangeOptions, RequestIdentity {
  /** False once it is in the log. */
  isOpen: boolean;
  /** Of the bodies, or of everything after the heads if the connection became a tunnel. */
  bytesIn: number;
  bytesOut: number;
  retries: number;
  /** Set when the head of an answer was sent. */
  status: number | undefined;
  /** Whether the client was told off; nothing it sent after this request may be believed. */
  isRefused: boolean;
  /** Why it did not go as it should, for the log. */
  error: string | undefined;
}

export function createExchange(options: ExchangeOptions): Exchange {
  const { request } = options;
  const parent = parseTraceparent(single(request, 'traceparent'));
  const givenId = single(request, 'x-request-id') ?? '';
  const trace: TraceContext = nextSpan(parent);
  return {
    ...options,
    requestId: SANE_REQUEST_ID.test(givenId) ? givenId : randomUUID(),
    trace,
    isTraceContinued: parent !== undefined,
    clientAddress: toClientAddress(request.socket.remoteAddress),
    isOpen: true,
    bytesIn: 0,
    bytesOut: 0,
    retries: 0,
    status: undefined,
    isRefused: false,
    error: undefined,
  };
}

/** An address as people write it: on a dual-stack socket IPv4 shows as `::ffff:10.0.0.1`. */
export function toClientAddress(remoteAddress: string | undefined): string {
  return remoteAddress?.replace(/^::ffff:/, '') ?? 'unknown';
}

/** The value of a header that was sent exactly once. */
function single(request: IncomingMessage, name: string): string | undefined {
  const values = request.headersDistinct[name] ?? [];
  return values.length === 1 ? values[0] : undefined;
}
