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
import { answerError, sendOwnAnswer } from './answer.ts';
import { checkRequest, type CheckedRequest } from './check-request.ts';
import { Exchange, type ExchangeContext, type TrackedRequest } from './exchange.ts';
import { Forwarding } from './forward-request.ts';
import { UpgradeForwarding } from './forward-upgrade.ts';
import { ProxyError } from './proxy-error.ts';
import { hasPassed } from './via.ts';

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

type OnError = (error: unknown) => void;

export function createFrame(context: ExchangeContext): Frame {
  const { host, port } = context.route.upstream.config;
  const proxy = httpProxy.createProxyServer<TrackedRequest>({ target: { host, port } });

  // Every fault of a pass ends here, whether thrown or emitted later.
  proxy.on('error', (error, request) => {
    if (request.exchange !== undefined) answerError(request.exchange, error);
  });
  const run = (
    request: TrackedRequest,
    createForwarding: (exchange: Exchange, checked: CheckedRequest, onError: OnError) => Forwarding,
  ) => {
    const { exchange } = request;
    if (exchange === undefined) return;
    const onError = (error: unknown) => void proxy.emit('error', error, request);
    try {
      const checked = admit(exchange);
      if (checked === undefined) sendOwnAnswer(exchange, 200, '');
      else createForwarding(exchange, checked, onError).start();
    } catch (error) {
      onError(error);
    }
  };
  const passes = proxy as unknown as Passes;
  passes.webPasses = [
    function forwardWeb(request) {
      run(request, (exchange, checked, onError) => new Forwarding(exchange, checked, onError));
    },
  ];
  passes.wsPasses = [
    function forwardSocket(request, client, _options, clientHead) {
      run(request, (exchange, checked, onError) => {
        return new UpgradeForwarding(exchange, checked, { client, clientHead }, onError);
      });
    },
  ];

  return {
    web(request, response) {
      const exchange = open(context, request, response, false);
      proxy.web(request, response);
      return exchange;
    },
    upgrade(request, socket, head) {
      // Until the upstream agrees this is a request like any other, so it gets what can answer one.
      const response = new ServerResponse(request);
      response.assignSocket(socket);
      response.once('finish', () => socket.destroySoon());
      const exchange = open(context, request, response, true);
      proxy.ws(request, socket, head);
      return exchange;
    },
  };
}

function open(context: ExchangeContext, request: TrackedRequest, response: ServerResponse, isUpgrade: boolean) {
  const exchange = new Exchange(context, request, response, isUpgrade);
  request.exchange = exchange;
  response.on('close', finishExchange);
  return exchange;
}

/** One function for all, instead of one made for each request. */
function finishExchange(this: ServerResponse): void {
  (this.req as TrackedRequest).exchange?.finish();
}

/** Undefined if the request asks about ourselves. Throws a ProxyError if it must not be passed on. */
function admit(exchange: Exchange): CheckedRequest | undefined {
  const { request, facts, context } = exchange;
  const { limits } = context.route;
  const checked = checkRequest(request, facts, limits);
  if (context.load.inFlight > limits.maxInFlight) {
    throw new ProxyError('OVERLOADED', `there are more than ${limits.maxInFlight} requests at once`);
  }
  if (facts.via !== undefined && hasPassed(facts.via, context.pseudonym)) {
    throw new ProxyError('LOOP_DETECTED', 'the request has passed here before');
  }
  return checked.maxForwards === 0 ? undefined : checked;
}
