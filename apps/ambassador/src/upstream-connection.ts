/**
 * One connection to an upstream. It carries one request at a time, and what arrives while none is under way, or after
 * the answer to the last, is never taken for the answer to the next: the connection is closed instead.
 */
import { connect, type Socket } from 'node:net';
import { InvalidAnswerError } from './field-lines.ts';
import { ResponseParser, type AnswerHead, type ParserEvents } from './response-parser.ts';

/** Whom a connection serves at present. The data it is given must be used, or copied, at once. */
export interface ConnectionUser extends ParserEvents {
  /** Everything that has arrived so far has been handed over. */
  onPause(): void;
  /** More may be written. */
  onDrain(): void;
  onUpgrade(head: AnswerHead, socket: Socket, rest: Buffer): void;
  /** There will be no more of the answer. */
  onLost(error: Error): void;
}

/** Who is told when a connection stands, can be used again, or is gone. */
export interface ConnectionOwner {
  onConnect(connection: UpstreamConnection): void;
  onFree(connection: UpstreamConnection, keepAliveMs: number | undefined): void;
  onGone(connection: UpstreamConnection, error: Error | undefined): void;
}

export interface ConnectionOptions {
  readonly host: string;
  readonly port: number;
  readonly connectTimeoutMs: number;
  /** Whether its socket may be handed over to another protocol; reading from it costs more then. */
  readonly isForUpgrade: boolean;
}

const KEEP_ALIVE_PROBE_DELAY_MS = 30_000;
/** What arrives on any connection is read here and used up before the next is read. */
const ARRIVALS = Buffer.allocUnsafeSlow(65_536);

export class UpstreamConnection implements ParserEvents {
  /** Whether it has carried a request before the present one. */
  isReused = false;
  /** Whether anything came back since the present request was put on it. */
  hasBytes = false;
  /** When it may no longer be used; kept here for its pool. */
  expiresAtMs = 0;
  readonly #owner: ConnectionOwner;
  readonly #parser = new ResponseParser(this);
  #socket: Socket | undefined;
  #user: ConnectionUser | undefined;
  #head: AnswerHead | undefined;
  #isRequestSent = false;
  #isAnswerWhole = false;
  #isPaused = false;
  #error: Error | undefined;

  constructor({ host, port, connectTimeoutMs, isForUpgrade }: ConnectionOptions, owner: ConnectionOwner) {
    this.#owner = owner;
    const socket = connect({
      host,
      port,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_PROBE_DELAY_MS,
      ...(!isForUpgrade && { onread: { buffer: ARRIVALS, callback: this.#onArrival } }),
    });
    this.#socket = socket;
    const timer = setTimeout(() => {
      const message = `no connection within ${connectTimeoutMs} ms`;
      socket.destroy(Object.assign(new Error(message), { code: 'ETIMEDOUT' }));
    }, connectTimeoutMs);
    socket.once('connect', () => {
      clearTimeout(timer);
      owner.onConnect(this);
    });
    if (isForUpgrade) socket.on('data', this.#onSocketData);
    socket.on('end', this.#onSocketEnd);
    socket.on('drain', this.#onSocketDrain);
    socket.on('error', this.#onSocketError);
    socket.on('close', this.#onSocketClose);
    socket.once('close', () => clearTimeout(timer));
  }

  get isOpen(): boolean {
    return this.#socket !== undefined && !this.#socket.destroyed && this.#socket.writable;
  }

  /** Puts the head of a request on the connection, whose answer goes to `user`. */
  send(user: ConnectionUser, method: string, head: string, isUpgrade: boolean): void {
    this.#user = user;
    this.#head = undefined;
    this.#isRequestSent = false;
    this.#isAnswerWhole = false;
    this.hasBytes = false;
    this.#parser.expect(method, isUpgrade);
    this.#socket?.write(head, 'latin1');
  }

  /** Writes a part of the body, framed; false if the next should wait for `onDrain`. */
  write(data: Buffer | string): boolean {
    return this.#socket?.write(data, 'latin1') ?? true;
  }

  /** The parts in between leave together. */
  cork(): void {
    this.#socket?.cork();
  }

  uncork(): void {
    this.#socket?.uncork();
  }

  /** Says that the whole request was written; without it the connection is closed after the answer. */
  endRequest(): void {
    this.#isRequestSent = true;
  }

  pause(): void {
    this.#isPaused = true;
    this.#socket?.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#socket?.resume();
  }

  /** Closes the connection; its user hears no more. */
  destroy(): void {
    this.#user = undefined;
    this.#parser.stop();
    this.#socket?.destroy();
  }

  onInformation(head: AnswerHead): void {
    this.#user?.onInformation(head);
  }

  onHead(head: AnswerHead): void {
    this.#head = head;
    if (head.status !== 101) this.#user?.onHead(head);
  }

  onData(chunk: Buffer): void {
    this.#user?.onData(chunk);
  }

  onEnd(trailers: readonly string[]): void {
    this.#isAnswerWhole = true;
    if (this.#head?.status !== 101) this.#user?.onEnd(trailers);
  }

  readonly #onArrival = (size: number): boolean => {
    this.#onSocketData(ARRIVALS.subarray(0, size));
    return true;
  };

  readonly #onSocketData = (chunk: Buffer): void => {
    if (this.#user === undefined) {
      this.destroy();
      return;
    }
    this.hasBytes = true;
    let rest: Buffer;
    try {
      rest = this.#parser.read(chunk);
    } catch (error) {
      if (!(error instanceof InvalidAnswerError)) throw error;
      this.#lose(error);
      return;
    }
    if (!this.#isAnswerWhole) this.#user?.onPause();
    else if (this.#head?.status === 101) this.#handOver(this.#head, rest);
    else this.#finish(rest.length === 0);
  };

  #finish(isClean: boolean): void {
    const isReusable = isClean && this.#isRequestSent && this.#head?.isPersistent === true && this.isOpen;
    if (this.#user === undefined || !isReusable) {
      this.destroy();
      return;
    }
    this.#user = undefined;
    this.isReused = true;
    // The client may have been slower than the upstream at the very end.
    if (this.#isPaused) this.resume();
    this.#owner.onFree(this, this.#head?.keepAliveMs);
  }

  /** Leaves the socket to another protocol. */
  #handOver(head: AnswerHead, rest: Buffer): void {
    const socket = this.#socket;
    const user = this.#user;
    if (socket === undefined || user === undefined) {
      this.destroy();
      return;
    }
    this.#socket = undefined;
    this.#user = undefined;
    socket.pause();
    // One by one: Node has listeners of its own, which end our side when the upstream ends its own.
    socket.removeListener('data', this.#onSocketData).removeListener('end', this.#onSocketEnd);
    socket.removeListener('drain', this.#onSocketDrain).removeListener('error', this.#onSocketError);
    socket.removeListener('close', this.#onSocketClose);
    this.#owner.onGone(this, undefined);
    user.onUpgrade(head, socket, rest);
  }

  readonly #onSocketDrain = (): void => {
    this.#user?.onDrain();
  };

  readonly #onSocketEnd = (): void => {
    if (this.#user !== undefined && this.#parser.end()) this.destroy();
    else this.#lose(new Error('the connection was closed'));
  };

  readonly #onSocketError = (error: Error): void => {
    this.#error = error;
  };

  readonly #onSocketClose = (): void => {
    const error = this.#error ?? new Error('the connection was closed');
    this.#owner.onGone(this, error);
    this.#lose(error);
  };

  #lose(error: Error): void {
    const user = this.#user;
    this.destroy();
    user?.onLost(error);
  }
}
