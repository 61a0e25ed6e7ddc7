/** The pass that sends an ordinary request to the upstream and its answer back, both as streams. */
import type { Socket } from 'node:net';
import { AnswerRelay, relayInformation } from './answer.ts';
import { formatFieldLines, UpstreamCall, type CallEvents, type RetryReason } from './call-upstream.ts';
import { createBodyTooLarge, type CheckedRequest } from './check-request.ts';
import type { Exchange } from './exchange.ts';
import { createRequestHeaders, selectTrailers } from './headers.ts';
import { ProxyError } from './proxy-error.ts';
import type { AnswerHead } from './response-parser.ts';
import { Watchdog } from './watchdog.ts';

/** Codes that speak for or against the upstream itself, and not only for a busy moment. */
const FAILURES = new Set(['UPSTREAM_UNREACHABLE', 'UPSTREAM_TIMEOUT', 'UPSTREAM_INVALID', 'UPSTREAM_CLOSED']);

export class Forwarding implements CallEvents {
  protected readonly exchange: Exchange;
  protected readonly call: UpstreamCall;
  private readonly checked: CheckedRequest;
  private readonly onFault: (error: unknown) => void;
  private readonly watchdog: Watchdog;
  private readonly relay: AnswerRelay;
  private canContinue: boolean;
  /** What it waits for. */
  private phase: 'answer' | 'request-body' | 'answer-body' = 'answer';
  private hasHead = false;
  /** Set while the body flows. */
  private onBodyData: ((chunk: Buffer) => void) | undefined = undefined;
  private isBodyPaused = false;

  /** Faults that come up after `start` are given to `onFault`, once at most. */
  constructor(
    exchange: Exchange,
    checked: CheckedRequest,
    onFault: (error: unknown) => void,
    /** What makes it an upgrade, as name and value by turns. */
    upgradeHeaders: readonly string[] = [],
  ) {
    const { route, now, watchdogs } = exchange.context;
    const { connectTimeoutMs, queueTimeoutMs } = route.timeouts;
    const headers = createRequestHeaders(exchange, checked);
    const lines = formatFieldLines(headers) + formatFieldLines(upgradeHeaders);
    this.exchange = exchange;
    this.checked = checked;
    this.onFault = onFault;
    this.watchdog = new Watchdog(watchdogs, this);
    this.canContinue = checked.expectsContinue;
    this.call = new UpstreamCall(
      route.upstream,
      {
        method: checked.method,
        head: `${checked.method} ${checked.path} HTTP/1.1\r\n${lines}\r\n`,
        body: checked.body,
        isUpgrade: upgradeHeaders.length > 0,
        connectTimeoutMs,
        queueTimeoutMs,
      },
      this,
      now,
    );
    this.relay = new AnswerRelay(exchange, this.call, this.watchdog);
    exchange.forwarding = this;
    exchange.timings = this.call.timings;
  }

  /** Throws a ProxyError if the upstream must not be asked now. */
  start(): void {
    const { route } = this.exchange.context;
    const code = route.upstream.health?.unavailable;
    if (code !== undefined) throw new ProxyError(code, `${route.upstream.name} is not well and gets no requests`);
    this.call.start();
    this.watchdog.arm(route.timeouts.responseTimeoutMs);
  }

  onReadyForBody(): void {
    const { request, context } = this.exchange;
    this.awaitNext('request-body', context.route.timeouts.idleTimeoutMs);
    this.onBodyData = (chunk) => this.sendBody(chunk);
    request.on('data', this.onBodyData);
    request.once('end', () => this.endBody());
  }

  onDrain(): void {
    if (!this.isBodyPaused) return;
    this.isBodyPaused = false;
    this.watchdog.touch();
    this.exchange.request.resume();
  }

  onInformation(head: AnswerHead): void {
    relayInformation(this.exchange, head, this.canContinue);
    if (head.status === 100) this.canContinue = false;
  }

  onHead(head: AnswerHead): void {
    const { route } = this.exchange.context;
    route.upstream.health?.succeeded();
    this.hasHead = true;
    this.awaitNext('answer-body', route.timeouts.idleTimeoutMs);
    this.relay.begin(head);
  }

  onData(chunk: Buffer): void {
    this.watchdog.touch();
    try {
      this.relay.data(chunk);
    } catch (error) {
      this.fail(error);
    }
  }

  onPause(): void {
    if (!this.hasHead) return;
    try {
      this.relay.flush();
    } catch (error) {
      this.fail(error);
    }
  }

  onEnd(trailers: readonly string[]): void {
    try {
      this.relay.end(trailers);
    } catch (error) {
      this.fail(error);
    }
  }

  onUpgrade(_head: AnswerHead, socket: Socket, _rest: Buffer): void {
    // The parser refuses what was not asked for.
    socket.destroy();
  }

  onRetry(reason: RetryReason): void {
    const { route } = this.exchange.context;
    this.exchange.retries += 1;
    route.metrics.retries.inc({ upstream: route.upstream.name, reason });
  }

  onError(error: ProxyError): void {
    this.fail(error);
  }

  /** The connection to the client is free again, or gone. */
  onClientDone(): void {
    const { request, response } = this.exchange;
    this.watchdog.stop();
    // An answer that came whole leaves its connection to the pool; in every other case the upstream may stop working.
    if (!response.writableFinished || !request.complete) this.call.abort();
    // An answer may come before the request has arrived whole. The rest is read, or it would be taken for the next one.
    if (!request.complete) this.dropBody();
  }

  /** For what takes over from here. */
  protected stopWatching(): void {
    this.watchdog.stop();
  }

  private sendBody(chunk: Buffer): void {
    const { exchange } = this;
    const { maxBodyBytes } = exchange.context.route.limits;
    exchange.bytesIn += chunk.length;
    if (maxBodyBytes !== undefined && exchange.bytesIn > maxBodyBytes) {
      this.fail(createBodyTooLarge(maxBodyBytes));
      return;
    }
    this.watchdog.touch();
    if (this.call.write(chunk)) return;
    this.isBodyPaused = true;
    exchange.request.pause();
  }

  private endBody(): void {
    if (this.onBodyData === undefined) return;
    this.call.end(selectTrailers(this.exchange.request.rawTrailers));
    if (!this.hasHead) this.awaitNext('answer', this.exchange.context.route.timeouts.responseTimeoutMs);
  }

  private dropBody(): void {
    const { request } = this.exchange;
    if (this.onBodyData !== undefined) request.removeListener('data', this.onBodyData);
    this.onBodyData = undefined;
    request.resume();
  }

  private awaitNext(phase: 'answer' | 'request-body' | 'answer-body', timeoutMs: number): void {
    // While an answer comes, the rest of the request does not count: either of them moving is enough.
    this.phase = this.hasHead ? 'answer-body' : phase;
    this.watchdog.arm(timeoutMs);
  }

  onExpired(): void {
    const { name } = this.exchange.context.route.upstream;
    const { idleTimeoutMs, responseTimeoutMs } = this.exchange.context.route.timeouts;
    if (this.phase === 'answer') {
      this.fail(new ProxyError('UPSTREAM_TIMEOUT', `${name} did not answer within ${responseTimeoutMs} ms`));
    } else if (this.phase === 'request-body') {
      this.fail(
        this.isBodyPaused
          ? new ProxyError('UPSTREAM_TIMEOUT', `${name} took nothing of the body for ${idleTimeoutMs} ms`)
          : new ProxyError('REQUEST_TIMEOUT', `nothing of the body came for ${idleTimeoutMs} ms`),
      );
    } else {
      this.fail(
        this.relay.isPaused
          ? new ProxyError('CLIENT_TIMEOUT', `the client took nothing for ${idleTimeoutMs} ms`)
          : new ProxyError('UPSTREAM_TIMEOUT', `nothing moved for ${idleTimeoutMs} ms`),
      );
    }
  }

  /** If an answer has begun, so that no other can be sent, the client's connection is cut: the answer is not whole. */
  private fail(error: unknown): void {
    this.watchdog.stop();
    this.call.abort();
    const { health } = this.exchange.context.route.upstream;
    const isFailure = error instanceof ProxyError && FAILURES.has(error.code);
    if (isFailure && (!this.hasHead || error.code === 'UPSTREAM_INVALID')) health?.failed();
    if (this.checked.body !== 'none') this.dropBody();
    this.onFault(error);
  }
}
