/**
 * One request and what became of it: the record from which the access log and the metrics are written, whichever way
 * it ended.
 */
import { IncomingMessage, type ServerResponse } from 'node:http';
import { parseTraceparent } from '@pod-patterns/runtime/trace-context.ts';
import type { CallTimings } from './call-upstream.ts';
import { randomHex } from './random-ids.ts';
import { collectFacts, type RequestFacts } from './request-facts.ts';
import type { RouteMetrics } from './route-metrics.ts';
import type { Route } from './route.ts';
import type { Watchdogs } from './watchdog.ts';

const SANE_REQUEST_ID = /^[A-Za-z0-9._~:+/=@-]{1,128}$/;
const IPV4_IN_IPV6 = '::ffff:';

/**
 * A request that leads to its exchange. It does so by a field, because a WeakMap from requests to exchanges would keep
 * each of them until the next full collection: V8's young generation holds on to the values of such a map.
 */
export class TrackedRequest extends IncomingMessage {
  exchange: Exchange | undefined = undefined;
}

/** What the exchanges of one listener share. */
export interface ExchangeContext {
  readonly route: Route;
  /** Those of the route. */
  readonly metrics: RouteMetrics;
  /** How many exchanges of the listener are open. */
  readonly load: { inFlight: number };
  /** How the listener names itself in Via. */
  readonly pseudonym: string;
  readonly nextRequestId: () => string;
  readonly watchdogs: Watchdogs;
  /** A monotonic clock, in milliseconds. */
  readonly now: () => number;
  /** Whether clients should be told that their connection ends with the answer. */
  readonly isDraining: () => boolean;
  /** Called when an exchange is over. */
  readonly onFinish: (exchange: Exchange) => void;
}

export class Exchange {
  readonly context: ExchangeContext;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly facts: RequestFacts;
  readonly startedAtMs: number;
  readonly requestId: string;
  /** 32 hexadecimal digits; the client's own if it sent a valid traceparent, whose tracestate then means something. */
  readonly traceId: string;
  readonly isTraceContinued: boolean;
  readonly spanId = randomHex(16);
  readonly traceFlags: string;
  readonly clientAddress: string;
  /** Whether it asks for another protocol; its connection ends with any other answer. */
  readonly isUpgrade: boolean;
  /** False once it is in the log. */
  isOpen = true;
  /** Of the bodies, or of everything after the heads if the connection became a tunnel. */
  bytesIn = 0;
  bytesOut = 0;
  retries = 0;
  /** Set when the head of an answer was sent. */
  status: number | undefined = undefined;
  /** Whether the client was told off; nothing it sent after this request may be believed. */
  isRefused = false;
  /** Why it did not go as it should, for the log. */
  error: string | undefined = undefined;
  /** Undefined if the upstream was not asked. */
  timings: CallTimings | undefined = undefined;
  /** Who works on it, to be told when the connection to the client is free again, or gone. */
  forwarding: { onClientDone(): void } | undefined = undefined;

  constructor(context: ExchangeContext, request: IncomingMessage, response: ServerResponse, isUpgrade: boolean) {
    this.context = context;
    this.request = request;
    this.response = response;
    this.isUpgrade = isUpgrade;
    this.startedAtMs = context.now();
    context.load.inFlight += 1;
    context.metrics.begin();
    this.facts = collectFacts(request.rawHeaders);
    const { requestId, traceparent } = this.facts;
    const parent = traceparent === undefined ? undefined : parseTraceparent(traceparent);
    this.isTraceContinued = parent !== undefined;
    this.traceId = parent?.traceId ?? randomHex(32);
    this.traceFlags = parent?.flags ?? '01';
    this.requestId = requestId !== undefined && SANE_REQUEST_ID.test(requestId) ? requestId : context.nextRequestId();
    this.clientAddress = toClientAddress(request.socket.remoteAddress);
  }

  /** Call it once the connection to the client is free again, or gone. A second call does nothing. */
  finish(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.context.load.inFlight -= 1;
    this.context.route.recorder.end(this);
    this.forwarding?.onClientDone();
    this.context.onFinish(this);
  }

  get traceparent(): string {
    return `00-${this.traceId}-${this.spanId}-${this.traceFlags}`;
  }

  get isLastOfConnection(): boolean {
    return this.isUpgrade || this.isRefused || this.context.isDraining();
  }
}

/** An address as people write it: on a dual-stack socket IPv4 shows as `::ffff:10.0.0.1`. */
export function toClientAddress(remoteAddress: string | undefined): string {
  if (remoteAddress === undefined) return 'unknown';
  return remoteAddress.startsWith(IPV4_IN_IPV6) ? remoteAddress.slice(IPV4_IN_IPV6.length) : remoteAddress;
}
