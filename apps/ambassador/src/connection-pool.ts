/**
 * The kept-alive connections to one upstream: the one used last is used next, so that those not needed grow old and
 * are closed. A connection is resolved and opened when a request needs it, so a name is looked up anew for each, and an
 * upstream that is down at the start does no harm.
 */
import { UpstreamConnection, type ConnectionOwner } from './upstream-connection.ts';

/**
 * How long a connection may lie idle. Servers close idle connections too, most after 5 s or later (Node's default), and
 * a request that meets such a close is lost unless it may be repeated; so we are first.
 */
const IDLE_TIMEOUT_MS = 4_000;
/** An upstream that says how long it waits may count from an earlier moment than we do. */
const KEEP_ALIVE_MARGIN_MS = 1_000;
const SWEEP_INTERVAL_MS = 500;

/** A request that wants a connection. Exactly one of these is called, unless it is cancelled. */
export interface ConnectionSeeker {
  readonly connectTimeoutMs: number;
  onConnection(connection: UpstreamConnection): void;
  /** None could be made. */
  onConnectFailed(error: Error): void;
}

export interface PoolOptions {
  readonly host: string;
  readonly port: number;
  /** Connections at most. */
  readonly size: number;
  /** A monotonic clock, in milliseconds. */
  readonly now: () => number;
}

export class ConnectionPool implements ConnectionOwner {
  readonly #options: PoolOptions;
  readonly #idle: UpstreamConnection[] = [];
  /**
   * Every connection, and for whom it is opened or about to be used; undefined while it is in use or idle. An entry
   * stays as long as its connection does, since a Map from which much is deleted becomes work for the collector.
   */
  readonly #all = new Map<UpstreamConnection, ConnectionSeeker | undefined>();
  /** In the order in which they came. */
  readonly #queue = new Set<ConnectionSeeker>();
  #assigned: UpstreamConnection[] = [];
  #isRetired = false;
  #sweeper: NodeJS.Timeout | undefined;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  get activeCount(): number {
    return this.#all.size - this.#idle.length;
  }

  get idleCount(): number {
    return this.#idle.length;
  }

  get waitingCount(): number {
    return this.#queue.size;
  }

  /** Whether a request would have to wait. */
  get isFull(): boolean {
    return this.#idle.length === 0 && this.#all.size >= this.#options.size;
  }

  /** Finds a connection, opens one, or puts the seeker at the end of the queue. */
  seek(seeker: ConnectionSeeker): void {
    const now = this.#options.now();
    for (let connection = this.#idle.pop(); connection !== undefined; connection = this.#idle.pop()) {
      if (connection.isOpen && connection.expiresAtMs > now) return this.#assign(connection, seeker);
      this.#discard(connection);
    }
    if (this.#all.size >= this.#options.size) this.#queue.add(seeker);
    else this.#open(seeker);
    return undefined;
  }

  /** The seeker wants no connection any more; one that is being opened for it is closed. */
  cancel(seeker: ConnectionSeeker): void {
    if (this.#queue.delete(seeker)) return;
    for (const [connection, user] of this.#all) {
      if (user !== seeker) continue;
      this.#all.set(connection, undefined);
      connection.destroy();
    }
  }

  /** Closes the connections that lie idle; those in use are not touched. */
  closeIdle(): void {
    for (const connection of this.#idle.splice(0)) this.#discard(connection);
  }

  /** From now on connections end with the requests they carry. */
  retire(): void {
    this.#isRetired = true;
    this.closeIdle();
  }

  onConnect(connection: UpstreamConnection): void {
    const seeker = this.#all.get(connection);
    if (seeker === undefined) return connection.destroy();
    this.#all.set(connection, undefined);
    return seeker.onConnection(connection);
  }

  onFree(connection: UpstreamConnection, keepAliveMs = Infinity): void {
    const [next] = this.#queue;
    if (next !== undefined) {
      this.#queue.delete(next);
      this.#assign(connection, next);
      return;
    }
    const idleMs = Math.min(IDLE_TIMEOUT_MS, keepAliveMs - KEEP_ALIVE_MARGIN_MS);
    if (this.#isRetired || idleMs <= 0) return connection.destroy();
    connection.expiresAtMs = this.#options.now() + idleMs;
    this.#idle.push(connection);
    this.#sweeper ??= setInterval(() => this.#sweep(), SWEEP_INTERVAL_MS).unref();
    return undefined;
  }

  onGone(connection: UpstreamConnection, error?: Error): void {
    const seeker = this.#all.get(connection);
    if (!this.#all.delete(connection)) return;
    const index = this.#idle.indexOf(connection);
    if (index !== -1) this.#idle.splice(index, 1);
    // It died after it was chosen and before it was used, so nothing is lost.
    if (seeker !== undefined && connection.isReused) this.seek(seeker);
    else seeker?.onConnectFailed(error ?? new Error('the connection was closed'));
    this.#serveQueue();
  }

  /** For one that nobody uses: its place is free at once. */
  #discard(connection: UpstreamConnection): void {
    this.#all.delete(connection);
    connection.destroy();
  }

  #serveQueue(): void {
    for (const next of this.#queue) {
      if (this.#all.size >= this.#options.size) return;
      this.#queue.delete(next);
      this.seek(next);
    }
  }

  #open(seeker: ConnectionSeeker): void {
    const { host, port } = this.#options;
    const connection = new UpstreamConnection(
      { host, port, connectTimeoutMs: seeker.connectTimeoutMs, isForUpgrade: false },
      this,
    );
    this.#all.set(connection, seeker);
  }

  /**
   * A kept-alive connection is given away only after all that this turn of the event loop has to read was read: by then
   * it is known if the upstream has closed it, or has sent what nobody asked for.
   */
  #assign(connection: UpstreamConnection, seeker: ConnectionSeeker): void {
    this.#all.set(connection, seeker);
    if (this.#assigned.push(connection) === 1) setImmediate(this.#handOut);
  }

  readonly #handOut = (): void => {
    const assigned = this.#assigned;
    this.#assigned = [];
    for (const connection of assigned) {
      const seeker = this.#all.get(connection);
      // If it is gone, or about to be, onGone sees to it.
      if (seeker === undefined || !connection.isOpen) continue;
      this.#all.set(connection, undefined);
      seeker.onConnection(connection);
    }
  };

  #sweep(): void {
    const now = this.#options.now();
    const expired = this.#idle.filter(({ expiresAtMs }) => expiresAtMs <= now);
    for (const connection of expired) {
      this.#idle.splice(this.#idle.indexOf(connection), 1);
      this.#discard(connection);
    }
    if (this.#idle.length > 0) return;
    clearInterval(this.#sweeper);
    this.#sweeper = undefined;
  }
}
