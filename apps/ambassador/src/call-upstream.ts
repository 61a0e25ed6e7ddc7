/**
 * One request to an upstream, repeated where that cannot do harm:
 * - the connection could not be made: nothing was sent, so any request may be tried again;
 * - a connection out of the pool turned out dead before a byte came back: the upstream may have acted on the request,
 *   so only one that has no body and means the same twice (RFC 9110 section 9.2.2) is sent again.
 */
import type { Socket } from 'node:net';
import type { ConnectionSeeker } from './connection-pool.ts';
import { InvalidAnswerError } from './field-lines.ts';
import { ProxyError } from './proxy-error.ts';
import type { AnswerHead, ParserEvents } from './response-parser.ts';
import { UpstreamConnection, type ConnectionUser } from './upstream-connection.ts';
import type { Upstream } from './upstream.ts';

const IDEMPOTENT_METHODS = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);
/** Before the first retry after a refused connection; doubled for each further one. */
const RETRY_DELAY_MS = 50;

export type RetryReason = 'connect' | 'stale';

export interface OutgoingRequest {
  readonly method: string;
  /** Everything up to and including the empty line, one character a byte. */
  readonly head: string;
  readonly body: 'none' | 'sized' | 'chunked';
  /** Whether to ask for another protocol; such a request gets a connection of its own, which never enters the pool. */
  readonly isUpgrade: boolean;
  readonly connectTimeoutMs: number;
  readonly queueTimeoutMs: number;
}

/** Durations are undefined for what did not take place. */
export interface CallTimings {
  /** Waiting for one of the upstream's connections. */
  queueMs: number | undefined;
  connectMs: number | undefined;
  /** From the head of the request being sent to the head of the answer. */
  firstByteMs: number | undefined;
}

/** What happens to a call. After onEnd, onUpgrade and onError there is nothing more. */
export interface CallEvents extends ParserEvents {
  /** The connection stands, so the body may flow. Called once, and only if there is a body. */
  onReadyForBody(): void;
  /** More of the body may be written. */
  onDrain(): void;
  /** Everything of the answer that has arrived so far was handed over. */
  onPause(): void;
  onUpgrade(head: AnswerHead, socket: Socket, rest: Buffer): void;
  onRetry(reason: RetryReason): void;
  onError(error: ProxyError): void;
}

export class UpstreamCall implements ConnectionSeeker, ConnectionUser {
  readonly connectTimeoutMs: number;
  readonly timings: CallTimings = { queueMs: undefined, connectMs: undefined, firstByteMs: undefined };
  private readonly upstream: Upstream;
  private readonly request: OutgoingRequest;
  private readonly events: CallEvents;
  private readonly now: () => number;
  private retries = 0;
  private isOver = false;
  private hasHead = false;
  private connection: UpstreamConnection | undefined = undefined;
  private timer: NodeJS.Timeout | undefined = undefined;
  private soughtAtMs = 0;
  private isQueued = false;
  private sentAtMs = 0;

  constructor(upstream: Upstream, request: OutgoingRequest, events: CallEvents, now: () => number) {
    this.upstream = upstream;
    this.request = request;
    this.events = events;
    this.now = now;
    this.connectTimeoutMs = request.connectTimeoutMs;
  }

  /** Begins. Throws a ProxyError if too many requests wait already. */
  start(): void {
    const { connections, config, name } = this.upstream;
    this.soughtAtMs = this.now();
    if (this.request.isUpgrade) {
      this.connection = new UpstreamConnection(
        { ...config, connectTimeoutMs: this.connectTimeoutMs, isForUpgrade: true },
        this,
      );
      return;
    }
    if (connections.isFull) {
      if (connections.waitingCount >= config.maxQueued) {
        throw new ProxyError('UPSTREAM_BUSY', `too many requests wait for ${name} already`);
      }
      const { queueTimeoutMs } = this.request;
      this.isQueued = true;
      this.timer = setTimeout(() => {
        const message = `${name} had no free connection within ${queueTimeoutMs} ms`;
        this.timings.queueMs = this.now() - this.soughtAtMs;
        this.fail(new ProxyError('UPSTREAM_BUSY', message));
      }, queueTimeoutMs);
    }
    connections.seek(this);
  }

  /** Ends the call, with no further event; what was sent of it may be in vain. */
  abort(): void {
    if (this.isOver) return;
    this.isOver = true;
    clearTimeout(this.timer);
    if (this.connection === undefined) this.upstream.connections.cancel(this);
    else this.connection.destroy();
  }

  /** Sends a part of the body; false if the next should wait for onDrain. */
  write(chunk: Buffer): boolean {
    const connection = this.connection;
    if (connection === undefined || this.isOver) return true;
    if (this.request.body === 'sized') return connection.write(chunk);
    connection.cork();
    connection.write(`${chunk.length.toString(16)}\r\n`);
    connection.write(chunk);
    const canTakeMore = connection.write('\r\n');
    connection.uncork();
    return canTakeMore;
  }

  /** The body is whole; name and value of its trailers by turns. */
  end(trailers: readonly string[]): void {
    if (this.connection === undefined || this.isOver) return;
    if (this.request.body === 'chunked') this.connection.write(`0\r\n${formatFieldLines(trailers)}\r\n`);
    this.connection.endRequest();
  }

  /** Reads no more of the answer until `resume`. */
  pause(): void {
    this.connection?.pause();
  }

  resume(): void {
    if (!this.isOver) this.connection?.resume();
  }

  onConnection(connection: UpstreamConnection): void {
    this.connection = connection;
    const now = this.now();
    const { method, head, body, isUpgrade } = this.request;
    if (this.isQueued) {
      clearTimeout(this.timer);
      this.timings.queueMs = now - this.soughtAtMs;
    } else if (!connection.isReused) {
      this.timings.connectMs = now - this.soughtAtMs;
    }
    this.sentAtMs = now;
    connection.send(this, method, head, isUpgrade);
    if (body === 'none') connection.endRequest();
    else this.events.onReadyForBody();
  }

  onConnectFailed(error: NodeJS.ErrnoException): void {
    clearTimeout(this.timer);
    this.connection = undefined;
    if (this.isOver) return;
    if (this.retries < this.upstream.config.retries) {
      const delayMs = RETRY_DELAY_MS * 2 ** this.retries;
      this.noteRetry('connect');
      this.timer = setTimeout(() => this.restart(), delayMs);
      return;
    }
    this.timings.connectMs = this.now() - this.soughtAtMs;
    const { name } = this.upstream;
    const [code, message] =
      error.code === 'ETIMEDOUT'
        ? (['UPSTREAM_TIMEOUT', `${name} could not be reached in time`] as const)
        : (['UPSTREAM_UNREACHABLE', `${name} cannot be reached`] as const);
    this.fail(new ProxyError(code, message, { cause: error }));
  }

  onInformation(head: AnswerHead): void {
    this.events.onInformation(head);
  }

  onHead(head: AnswerHead): void {
    this.hasHead = true;
    this.timings.firstByteMs = this.now() - this.sentAtMs;
    this.events.onHead(head);
  }

  onData(chunk: Buffer): void {
    this.events.onData(chunk);
  }

  onEnd(trailers: readonly string[]): void {
    this.isOver = true;
    this.events.onEnd(trailers);
  }

  onPause(): void {
    this.events.onPause();
  }

  onDrain(): void {
    this.events.onDrain();
  }

  onUpgrade(head: AnswerHead, socket: Socket, rest: Buffer): void {
    this.isOver = true;
    this.timings.firstByteMs = this.now() - this.sentAtMs;
    this.events.onUpgrade(head, socket, rest);
  }

  onLost(error: Error): void {
    const { name, config, connections } = this.upstream;
    const connection = this.connection;
    this.connection = undefined;
    if (error instanceof InvalidAnswerError) {
      const message = `${name} sent an answer that is not valid HTTP/1.1`;
      return this.fail(new ProxyError('UPSTREAM_INVALID', message, { cause: error }));
    }
    if (
      connection?.isReused === true &&
      !connection.hasBytes &&
      this.request.body === 'none' &&
      IDEMPOTENT_METHODS.has(this.request.method) &&
      this.retries < config.retries
    ) {
      this.noteRetry('stale');
      // Its neighbours in the pool were most likely closed at the same moment.
      connections.closeIdle();
      return this.restart();
    }
    const moment = this.hasHead ? 'within its answer' : 'before it answered';
    return this.fail(new ProxyError('UPSTREAM_CLOSED', `${name} closed the connection ${moment}`, { cause: error }));
  }

  // The owner of the one connection of an upgrade.

  onConnect(connection: UpstreamConnection): void {
    this.onConnection(connection);
  }

  onFree(connection: UpstreamConnection): void {
    connection.destroy();
  }

  onGone(_connection: UpstreamConnection, error: Error | undefined): void {
    if (this.sentAtMs === 0 && error !== undefined) this.onConnectFailed(error);
  }

  private noteRetry(reason: RetryReason): void {
    this.retries += 1;
    this.events.onRetry(reason);
  }

  private restart(): void {
    try {
      this.start();
    } catch (error) {
      if (!(error instanceof ProxyError)) throw error;
      this.fail(error);
    }
  }

  private fail(error: ProxyError): void {
    if (this.isOver) return;
    this.abort();
    this.events.onError(error);
  }
}

/** The lines of a head, or of trailers, each with its line end. */
export function formatFieldLines(fields: readonly string[]): string {
  let text = '';
  for (let index = 0; index + 1 < fields.length; index += 2) text += `${fields[index]}: ${fields[index + 1]}\r\n`;
  return text;
}
