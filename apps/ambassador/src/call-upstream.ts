/**
 * One request to an upstream, repeated where that cannot do harm:
 * - the connection could not be made: nothing was sent, so any request may be tried again;
 * - a connection out of the pool turned out dead before a byte came back: the upstream may have acted on the request,
 *   so only one that has no body and means the same twice (RFC 9110 section 9.2.2) is sent again.
 */
import { request as httpRequest, type ClientRequest, type InformationEvent, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { ProxyError } from './proxy-error.ts';
import type { Upstream } from './upstream.ts';

const IDEMPOTENT_METHODS = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);
/** Before the first retry after a refused connection; doubled for each further one. */
const RETRY_DELAY_MS = 50;

export type RetryReason = 'connect' | 'stale';

export interface UpstreamCall {
  readonly method: string;
  readonly path: string;
  /** Name and value by turns, framing included. */
  readonly headers: readonly string[];
  readonly hasBody: boolean;
  /** Whether to ask for another protocol; such a request gets a connection of its own, which never enters the pool. */
  readonly isUpgrade: boolean;
  readonly connectTimeoutMs: number;
}

export interface UpstreamEvents {
  /** The connection stands, so the body may flow. Called once, and only if there is a body. */
  readonly onReadyForBody?: (outgoing: ClientRequest) => void;
  readonly onInformation?: (information: InformationEvent) => void;
  readonly onResponse: (answer: IncomingMessage) => void;
  readonly onUpgrade?: (answer: IncomingMessage, socket: Duplex, head: Buffer) => void;
  readonly onRetry: (reason: RetryReason) => void;
  /** There will be no answer. Called at most once, and never after onResponse or onUpgrade. */
  readonly onError: (error: ProxyError) => void;
}

/** Begins the call; the function returned ends it, with no further event. Throws a ProxyError if it cannot be sent. */
export function callUpstream(upstream: Upstream, call: UpstreamCall, events: UpstreamEvents): () => void {
  const { host, port, retries } = upstream.config;
  const isRepeatable = !call.hasBody && !call.isUpgrade && IDEMPOTENT_METHODS.has(call.method);
  let retriesLeft = retries;
  let isOver = false;
  let current: ClientRequest | undefined;
  let delay: NodeJS.Timeout | undefined;

  const fail = (error: ProxyError) => {
    if (isOver) return;
    isOver = true;
    events.onError(error);
  };

  const retry = (reason: RetryReason) => {
    events.onRetry(reason);
    const attempt = retries - retriesLeft;
    retriesLeft -= 1;
    if (reason === 'stale') {
      // Its neighbours in the pool were most likely closed at the same moment.
      upstream.closeIdle();
      start();
    } else {
      delay = setTimeout(start, RETRY_DELAY_MS * 2 ** attempt);
    }
  };

  const start = () => {
    const outgoing = httpRequest({
      agent: call.isUpgrade ? false : upstream.agent,
      host,
      port,
      method: call.method,
      path: call.path,
      headers: call.headers,
      setHost: false,
    });
    current = outgoing;
    const connection = watchConnection(outgoing, call.connectTimeoutMs, () => {
      if (isOver || !call.hasBody) return;
      outgoing.flushHeaders();
      events.onReadyForBody?.(outgoing);
    });

    outgoing.on('information', (information) => {
      if (!isOver) events.onInformation?.(information);
    });
    outgoing.on('response', (answer) => {
      isOver = true;
      events.onResponse(answer);
    });
    outgoing.on('upgrade', (answer, socket, head) => {
      if (isOver || !call.isUpgrade || events.onUpgrade === undefined) {
        socket.destroy();
        return fail(new ProxyError('UPSTREAM_INVALID', `${upstream.name} switched protocols without being asked`));
      }
      isOver = true;
      return events.onUpgrade(answer, socket, head);
    });
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      if (isOver) return;
      const canRetry = retriesLeft > 0;
      if (!connection.isMade()) return canRetry ? retry('connect') : fail(explain(error, upstream.name, false));
      if (canRetry && isRepeatable && outgoing.reusedSocket && connection.isSilent()) return retry('stale');
      return fail(explain(error, upstream.name, true));
    });
    if (!call.hasBody) outgoing.end();
  };

  try {
    start();
  } catch (error) {
    throw new ProxyError('REQUEST_INVALID', 'the request cannot be passed on as it is', { cause: error });
  }
  return () => {
    isOver = true;
    clearTimeout(delay);
    current?.destroy();
  };
}

interface ConnectionState {
  isMade(): boolean;
  /** Whether the upstream has not sent a byte since the request was put on the connection. */
  isSilent(): boolean;
}

function watchConnection(outgoing: ClientRequest, timeoutMs: number, onConnect: () => void): ConnectionState {
  let socket: Socket | undefined;
  let bytesReadBefore = 0;
  let isMade = false;
  const connected = () => {
    isMade = true;
    onConnect();
  };
  outgoing.once('socket', (assigned) => {
    socket = assigned;
    bytesReadBefore = assigned.bytesRead;
    if (!assigned.connecting) return connected();
    const timer = setTimeout(() => {
      outgoing.destroy(Object.assign(new Error(`no connection within ${timeoutMs} ms`), { code: 'ETIMEDOUT' }));
    }, timeoutMs);
    outgoing.once('close', () => clearTimeout(timer));
    assigned.once('connect', () => {
      clearTimeout(timer);
      connected();
    });
    return undefined;
  });
  return { isMade: () => isMade, isSilent: () => socket?.bytesRead === bytesReadBefore };
}

function explain(error: NodeJS.ErrnoException, name: string, wasConnected: boolean): ProxyError {
  const options = { cause: error };
  if (error.code?.startsWith('HPE_') === true) {
    return new ProxyError('UPSTREAM_INVALID', `${name} sent an answer that is not valid HTTP/1.1`, options);
  }
  if (wasConnected)
    return new ProxyError('UPSTREAM_CLOSED', `${name} closed the connection before it answered`, options);
  if (error.code === 'ETIMEDOUT')
    return new ProxyError('UPSTREAM_TIMEOUT', `${name} could not be reached in time`, options);
  return new ProxyError('UPSTREAM_UNREACHABLE', `${name} cannot be reached`, options);
}
