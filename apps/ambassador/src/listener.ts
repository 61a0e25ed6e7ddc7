/**
 * One open port. Its route can be replaced while it is open, so a reload that changes only where requests go, or how
 * long they may take, does not touch a single connection.
 */
import { once } from 'node:events';
import { createServer, STATUS_CODES, type ServerResponse } from 'node:http';
import { Server as NetServer, type AddressInfo, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { AppError, describeError } from '@pod-patterns/runtime/errors.ts';
import type { Logger } from '@pod-patterns/runtime/logger.ts';
import { describeAddress } from './address.ts';
import { answerError } from './answer.ts';
import { closeSlowly } from './close-slowly.ts';
import type { ListenerConfig } from './config.ts';
import { toClientAddress, TrackedRequest, type Exchange, type ExchangeContext } from './exchange.ts';
import { isUpgradeToForward } from './forward-upgrade.ts';
import { createFrame, type Frame } from './frame.ts';
import { fromParserError, ProxyError } from './proxy-error.ts';
import { createUuidSource, randomHex } from './random-ids.ts';
import type { Route } from './route.ts';
import { createPseudonym } from './via.ts';
import { Watchdogs } from './watchdog.ts';

/** How often Node looks for clients that are too slow; a timeout may be late by as much. */
const SLOW_CLIENT_CHECK_INTERVAL_MS = 100;
/**
 * How long idle connections stay open when a listener drains. A request may be on its way over one; it is answered, and
 * the client told not to send another. Closed at once, it would be lost.
 */
const IDLE_GRACE_MS = 1_000;
/**
 * Connections that the kernel keeps for a moment in which we are busy. With Node's 511, of a thousand clients at once half
 * are dropped, and each tries again only after a second, then after three, then after seven. Linux takes no more than
 * net.core.somaxconn, which is 4,096 as it comes.
 */
const BACKLOG = 4_096;

export interface ListenerOptions {
  readonly config: ListenerConfig;
  readonly route: Route;
  readonly log: Logger;
  /** A monotonic clock, in milliseconds. */
  readonly now: () => number;
  /** Whether clients should be told to come back over another connection, although the port is still open. */
  readonly isLeaving: () => boolean;
}

export interface Listener {
  /** The port that is open; the one the system chose if the configuration says 0. */
  readonly port: number;
  /** From now on requests take this route; those under way finish on theirs. */
  use(route: Route): void;
  /** Closes the port at once, and each connection as soon as it is idle; after the timeout all that are left. */
  drain(timeoutMs: number): Promise<void>;
}

/** What is to be done when its turn comes; with the request that it begins, if it does. */
interface Waiting {
  readonly act: () => void;
  readonly request: TrackedRequest | undefined;
}

/** Opens the port; an AppError `LISTEN_FAILED` says which one could not be opened, and why. */
export async function openListener(options: ListenerOptions): Promise<Listener> {
  const { config, route: initialRoute, log, now, isLeaving } = options;
  let context: ExchangeContext;
  let frame: Frame;
  let isDraining = false;
  let isGraceOver = false;
  const load = { inFlight: 0 };
  const watchdogs = new Watchdogs();
  const nextRequestId = createUuidSource();
  const pseudonym = createPseudonym(config.name, randomHex(8));
  /** The last request of each open connection. Answers go out in order, so when its own has, all have. */
  const latest = new Map<Duplex, Exchange | undefined>();
  /**
   * What came before the answer to the request ahead of it was sent, by connection. It waits, so that what an earlier
   * request does at the upstream is done before a later one is seen there.
   */
  const waiting = new Map<Duplex, Waiting[]>();

  const server = createServer({
    IncomingMessage: TrackedRequest,
    connectionsCheckingInterval: SLOW_CLIENT_CHECK_INTERVAL_MS,
    insecureHTTPParser: false,
    // Refused by checkRequest instead, so that it is logged and counted like any other refusal.
    requireHostHeader: false,
    shouldUpgradeCallback: isUpgradeToForward,
    // Most requests have no body, and to go through all that a stream does for one costs as much as the rest.
    optimizeEmptyRequests: true,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: 30_000,
  });
  // Over the limit Node would drop headers without a word; checkRequest counts them and refuses.
  server.maxHeadersCount = 0;

  const use = (route: Route) => {
    context = {
      route,
      metrics: route.metrics.route(route.listener, route.upstream.name),
      load,
      pseudonym,
      nextRequestId,
      watchdogs,
      now,
      isDraining: () => isDraining || isLeaving(),
      onFinish(exchange) {
        const { socket } = exchange.request;
        // Nothing depends on it any more, so it need not be kept until the next request comes.
        const isForgotten = exchange.response.writableFinished && !exchange.isRefused;
        if (isForgotten && latest.get(socket) === exchange) latest.set(socket, undefined);
        waiting.get(socket)?.shift()?.act();
        // Node calls a connection idle only a moment later.
        if (isGraceOver) setImmediate(() => server.closeIdleConnections());
      },
    };
    frame = createFrame(context);
    server.maxConnections = route.limits.maxConnections;
    // Read by Node for each new connection, as are the timeouts.
    Object.assign(server, { maxHeaderSize: route.limits.maxHeaderBytes });
    server.headersTimeout = route.timeouts.requestHeadTimeoutMs;
    server.requestTimeout = route.timeouts.requestTimeoutMs;
    server.keepAliveTimeout = route.timeouts.idleTimeoutMs;
  };
  use(initialRoute);

  const track = (exchange: Exchange, socket: Duplex) => {
    if (latest.has(socket)) latest.set(socket, exchange);
  };
  const refuse = (socket: Duplex, error: ProxyError) => {
    context.route.recorder.refuse(context, toClientAddress((socket as Socket).remoteAddress), error);
    writeRefusal(socket, error);
  };

  const inTurn = (socket: Duplex, act: () => void, request?: TrackedRequest) => {
    if (latest.get(socket)?.isOpen !== true) return act();
    const queue = waiting.get(socket);
    if (queue === undefined) waiting.set(socket, [{ act, request }]);
    else queue.push({ act, request });
    return undefined;
  };
  const onRequest = (request: TrackedRequest, response: ServerResponse) => {
    const act = () => {
      // What follows a refused request may be a part of it. It is left unread until the connection is closed.
      if (latest.get(request.socket)?.isRefused === true) return;
      track(frame.web(request, response), request.socket);
    };
    inTurn(request.socket, act, request);
  };
  server.on('request', onRequest);
  // Whether to go on is the upstream's decision; what else is expected, checkRequest refuses.
  server.on('checkContinue', onRequest);
  server.on('checkExpectation', onRequest);
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    // An answer to an earlier request is still on its way, so the connection is not ours to give to another protocol.
    if (latest.get(socket)?.response.writableFinished === false) return void socket.destroy();
    return track(frame.upgrade(request, socket as Socket, head), socket);
  });
  server.on('connect', (_request, socket) => {
    socket.on('error', () => socket.destroy());
    refuse(socket, new ProxyError('METHOD_NOT_ALLOWED', 'CONNECT is not passed on'));
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) return socket.destroy();
    const reason = fromParserError(error);
    const last = latest.get(socket);
    if (last?.isRefused === true) return undefined;
    // The rest of a request that waits will never come: it is refused in its place.
    const queue = waiting.get(socket);
    if (queue?.at(-1)?.request?.complete === false) queue.pop();
    // What follows it is bad, but it was not: it is answered first.
    if (last === undefined || last.request.complete || last.response.writableFinished) {
      return inTurn(socket, () => refuse(socket, reason));
    }
    // The client left in the middle of it.
    if (error.code === 'HPE_INVALID_EOF_STATE') return socket.destroy();
    return answerError(last, reason);
  });
  server.on('drop', () => context.route.metrics.connectionsRefused.inc({ listener: config.name }));
  server.on('connection', (socket) => {
    latest.set(socket, undefined);
    socket.once('close', () => {
      latest.delete(socket);
      waiting.delete(socket);
    });
  });

  await listen(server, config);
  server.on('error', (error) => log.error({ err: error, listener: config.name }, 'listener failed'));
  return {
    port: (server.address() as AddressInfo).port,
    use,
    async drain(timeoutMs) {
      isDraining = true;
      const closed = once(server, 'close');
      // Node's own close, of HTTP servers, begins with the idle connections; this one only takes no new ones.
      NetServer.prototype.close.call(server);
      const closeIdle = () => {
        isGraceOver = true;
        server.close();
      };
      const grace = setTimeout(closeIdle, Math.min(IDLE_GRACE_MS, timeoutMs));
      const timer = setTimeout(() => {
        const left = { listener: config.name, connections: latest.size, timeout_ms: timeoutMs };
        if (latest.size > 0) log.warn(left, 'closing what is left');
        for (const socket of latest.keys()) socket.destroy();
      }, timeoutMs);
      await closed;
      clearTimeout(timer);
      clearTimeout(grace);
      // Ends what else belongs to the server, such as the timer that looks for slow clients.
      closeIdle();
    },
  };
}

async function listen(server: NetServer, config: ListenerConfig): Promise<void> {
  try {
    server.listen({ port: config.port, host: config.host, backlog: BACKLOG });
    await once(server, 'listening');
  } catch (error) {
    const remedy =
      (error as NodeJS.ErrnoException).code === 'EACCES'
        ? 'Set the sysctl net.ipv4.ip_unprivileged_port_start to 0 for the Pod, or choose a port from 1024 on.'
        : 'Choose another port or host, or stop the program that uses this one.';
    const message = `listener "${config.name}" cannot listen on ${describeAddress(config)}: ${describeError(error)}`;
    throw new AppError('LISTEN_FAILED', message, remedy, { cause: error });
  }
}

function writeRefusal(socket: Duplex, { status, code, message }: ProxyError): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const body = `${JSON.stringify({ error: code, message })}\n`;
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  // From now on nothing that comes is for the parser.
  socket.removeAllListeners('data').on('data', () => undefined);
  closeSlowly(socket as Socket);
}
