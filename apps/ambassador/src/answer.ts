/** Answers to the client: the upstream's, passed on as it arrives, or our own. */
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { describeError } from '@pod-patterns/runtime/errors.ts';
import type { UpstreamCall } from './call-upstream.ts';
import { closeSlowly } from './close-slowly.ts';
import type { Exchange } from './exchange.ts';
import { createInformationHeaders, createResponseHeaders, selectTrailers } from './headers.ts';
import { ProxyError } from './proxy-error.ts';
import type { AnswerHead } from './response-parser.ts';
import type { Watchdog } from './watchdog.ts';

/** Up to this size it is cheaper to copy a body behind its head than to write the two one after the other. */
const SMALL_BODY_BYTES = 16_384;

/** Passes one answer on, never faster than the client takes it. A ProxyError that it throws ends it. */
export class AnswerRelay {
  private readonly exchange: Exchange;
  private readonly response: ServerResponse;
  private readonly call: Pick<UpstreamCall, 'pause' | 'resume'>;
  private readonly watchdog: Watchdog;
  /** Held back until it is known whether it is the last, so that a short answer leaves in one piece. */
  private held: Buffer | undefined = undefined;
  /** Not sent yet. */
  private head: AnswerHead | undefined = undefined;
  /** Whether it waits for the client. */
  isPaused = false;

  /** The watchdog is touched whenever the client has taken what it was sent. */
  constructor(exchange: Exchange, call: Pick<UpstreamCall, 'pause' | 'resume'>, watchdog: Watchdog) {
    this.exchange = exchange;
    this.response = exchange.response;
    this.call = call;
    this.watchdog = watchdog;
  }

  /**
   * Takes the head. It is sent with what follows it, or at the next flush: until then a fault of the upstream can still
   * be answered as one.
   */
  begin(head: AnswerHead): void {
    this.head = head;
  }

  /** The chunk must stay as it is until the next call of data, flush or end, and may change after it. */
  data(chunk: Buffer): void {
    this.exchange.bytesOut += chunk.length;
    if (this.held !== undefined) this.write(this.held);
    this.held = chunk;
  }

  /** Sends what is held back: more may be long in coming, as in an event stream. */
  flush(): void {
    if (this.held !== undefined) {
      this.write(this.held);
      this.held = undefined;
    } else if (this.head !== undefined) {
      this.sendHead();
      this.response.flushHeaders();
    }
  }

  end(trailers: readonly string[]): void {
    const held = this.held;
    const isWhole = this.head !== undefined;
    this.held = undefined;
    this.sendHead();
    if (trailers.length > 0) this.response.addTrailers(toPairs(selectTrailers(trailers)));
    if (held === undefined) this.response.end();
    else if (isWhole && held.length <= SMALL_BODY_BYTES) this.response.end(held.toString('latin1'), 'latin1');
    else this.response.end(Buffer.from(held));
  }

  /** Throws a ProxyError, with nothing sent, if the head cannot be passed on. */
  private sendHead(): void {
    const { exchange, head } = this;
    if (head === undefined) return;
    this.head = undefined;
    const headers = createResponseHeaders(exchange, head);
    if (exchange.isLastOfConnection) headers.push('Connection', 'close');
    try {
      this.response.writeHead(head.status, head.reason, headers);
    } catch (error) {
      const message = `${exchange.context.route.upstream.name} sent an answer that cannot be passed on`;
      throw new ProxyError('UPSTREAM_INVALID', message, { cause: error });
    }
    exchange.status = head.status;
  }

  private write(chunk: Buffer): void {
    this.sendHead();
    // The memory that it lies in is used again for what arrives next.
    if (this.response.write(Buffer.from(chunk)) || this.isPaused) return;
    this.isPaused = true;
    this.call.pause();
    this.response.once('drain', () => {
      this.isPaused = false;
      this.watchdog.touch();
      this.call.resume();
    });
  }
}

function toPairs(fields: readonly string[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let index = 0; index + 1 < fields.length; index += 2) pairs.push([fields[index] ?? '', fields[index + 1] ?? '']);
  return pairs;
}

/** 103 Early Hints and the like for any client that speaks HTTP/1.1, and 100 Continue only for one that waits for it. */
export function relayInformation({ request, response }: Exchange, head: AnswerHead, canContinue: boolean): void {
  if (request.httpVersionMinor === 0 || response.headersSent) return;
  if (head.status !== 100) response.writeInformation(head.status, createInformationHeaders(head));
  else if (canContinue) response.writeContinue();
}

/**
 * Ends a request that cannot be answered with an upstream's answer. `error` must not be trusted to be a ProxyError:
 * whatever it is, the client gets an answer, or a closed connection if one has begun, and the process goes on.
 */
export function answerError(exchange: Exchange, error: unknown): void {
  const { response, requestId } = exchange;
  const reason =
    error instanceof ProxyError ? error : new ProxyError('UPSTREAM_INVALID', 'internal error', { cause: error });
  exchange.error ??= `${reason.code}: ${describeError(reason)}`;
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const body = `${JSON.stringify({ error: reason.code, message: reason.message, requestId })}\n`;
  exchange.isRefused = reason.isRefusal;
  sendOwnAnswer(exchange, reason.status, body, { 'Content-Type': 'application/json' });
}

/** Answers without asking the upstream. */
export function sendOwnAnswer(
  exchange: Exchange,
  status: number,
  body: string,
  extraHeaders: OutgoingHttpHeaders = {},
): void {
  const { request, response, requestId } = exchange;
  const size = Buffer.byteLength(body);
  const headers: OutgoingHttpHeaders = { ...extraHeaders, 'Content-Length': size, 'X-Request-Id': requestId };
  if (exchange.isLastOfConnection) headers['Connection'] = 'close';
  exchange.status = status;
  exchange.bytesOut = size;
  // Node calls it when an answer with Connection: close is sent.
  if (exchange.isRefused && !request.complete) request.socket.destroySoon = () => closeSlowly(request.socket);
  response.writeHead(status, headers).end(body);
  if (!request.complete) request.resume();
}
