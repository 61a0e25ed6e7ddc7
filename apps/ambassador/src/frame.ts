/**
 * http-proxy as the frame: it takes a request through a list of passes and hands faults to one place. Its own passes
 * are replaced, every one of them:
 * - `deleteLength` drops the framing of DELETE and OPTIONS but not the body, which then is read as the next request on a
 *   kept-alive connection (CVE-2026-29057);
 * - `XHeaders` believes what the client says about where it comes from;
 * - `timeout` and `stream` crash or hang where an answer breaks off, and open a connection for each request.
 */
import { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import httpProxy from 'http-proxy';
import { answerError } from './answer.ts';
import { checkRequest } from './check-request.ts';
import { createExchange, type Exchange, type TrackedRequest } from './exchange.ts';
import { forwardRequest } from './forward-request.ts';
import { forwardUpgrade } from './forward-upgrade.ts';
import type { Route } from './route.ts';

export interface Frame {
  /** Answers a request; the exchange returned is the record of it. */
  web(request: TrackedRequest, response: ServerResponse): Exchange;
  /** Answers a request for a WebSocket, whose socket Node has left to us. */
  upgrade(request: TrackedRequest, socket: Socket, head: Buffer): Exchange;
}

/** The arguments of a pass; the names of http-proxy's own are request, response or socket, options, head and server. */
type WebPass = (request: TrackedRequest, response: ServerResponse) => void;
type UpgradePass = (request: TrackedRequest, socket: Socket, options: unknown, head: Buffer) => void;
/** Public in http-proxy's documentation, but missing from its types. */
interface Passes {
  webPasses: WebPass[];
  wsPasses: UpgradePass[];
}

export interface FrameOptions {
  readonly route: Route;
  /** A monotonic clock, in milliseconds. */
  readonly now: () => number;
  /** True from the moment that the listener stops taking new connections. */
  readonly isDraining: () => boolean;
}

export function createFrame({ route, now, isDraining }: FrameOptions): Frame {
  const { host, port } = route.upstream.config;
  const proxy = httpProxy.createProxyServer<TrackedRequest>({ target: { host, port } });

  // Every fault of a pass ends here, whether thrown or emitted later.
  proxy.on('error', (error, request) => {
    if (request.exchange !== undefined) answerError(request.exchange, error);
  });
  const run = (request: TrackedRequest, forward: (exchange: Exchange, onError: (error: unknown) => void) => void) => {
    const { exchange } = request;
    const onError = (error: unknown) => proxy.emit('error', error, request);
    try {
      if (exchange !== undefined) forward(exchange, onError);
    } catch (error) {
      onError(error);
    }
  };
  const passes = proxy as unknown as Passes;
  passes.webPasses = [
    function forwardWeb(request) {
      run(request, (exchange, onError) => forwardRequest(exchange, checkRequest(request), route, onError));
    },
  ];
  passes.wsPasses = [
    function forwardSocket(request, client, _options, clientHead) {
      run(request, (exchange, onError) => {
        forwardUpgrade(exchange, checkRequest(request), { client, clientHead }, route, onError);
      });
    },
  ];

  const open = (request: TrackedRequest, response: ServerResponse, isLastOfConnection: () => boolean): Exchange => {
    const exchange = createExchange({
      listener: route.listener,
      upstream: route.upstream.name,
      request,
      response,
      startedAtMs: now(),
      isLastOfConnection,
    });
    request.exchange = exchange;
    route.recorder.begin(exchange);
    response.once('close', () => route.recorder.end(exchange));
    return exchange;
  };

  return {
    web(request, response) {
      const exchange = open(request, response, isDraining);
      proxy.web(request, response);
      return exchange;
    },
    upgrade(request, socket, head) {
      // Until the upstream agrees this is a request like any other, so it gets what can answer one.
      const response = new ServerResponse(request);
      response.assignSocket(socket);
      response.once('finish', () => socket.destroySoon());
      const exchange = open(request, response, () => true);
      proxy.ws(request, socket, head);
      return exchange;
    },
  };
}
