/** The pass that sends an ordinary request to the upstream and its answer back, both as streams. */
import type { ClientRequest, InformationEvent } from 'node:http';
import { relayAnswer } from './answer.ts';
import { callUpstream } from './call-upstream.ts';
import type { CheckedRequest } from './check-request.ts';
import type { Exchange } from './exchange.ts';
import { createRequestHeaders } from './headers.ts';
import { ProxyError } from './proxy-error.ts';
import type { Route } from './route.ts';
import { createWatchdog } from './watchdog.ts';

/** Throws a ProxyError if the request cannot be sent; later faults are given to `onError`. */
export function forwardRequest(
  exchange: Exchange,
  checked: CheckedRequest,
  { upstream, timeouts, metrics }: Route,
  onError: (error: unknown) => void,
): void {
  const { request, response } = exchange;
  const watchdog = createWatchdog();
  const hasBody = checked.body !== 'none';

  const fail = (error: unknown) => {
    watchdog.stop();
    abort();
    onError(error);
  };
  const awaitAnswer = () => {
    const { responseTimeoutMs } = timeouts;
    watchdog.arm(responseTimeoutMs, () => {
      fail(new ProxyError('UPSTREAM_TIMEOUT', `${upstream.name} did not answer within ${responseTimeoutMs} ms`));
    });
  };

  let hasAnswer = false;
  const sendBody = (outgoing: ClientRequest) => {
    const { idleTimeoutMs } = timeouts;
    watchdog.arm(idleTimeoutMs, () => fail(createStallError(outgoing, upstream.name, idleTimeoutMs)));
    outgoing.on('drain', () => watchdog.touch());
    request.on('data', (chunk: Buffer) => {
      exchange.bytesIn += chunk.length;
      watchdog.touch();
    });
    request.once('end', () => {
      if (!hasAnswer) awaitAnswer();
    });
    request.pipe(outgoing);
  };

  const abort = callUpstream(
    upstream,
    {
      method: checked.method,
      path: checked.path,
      headers: createRequestHeaders(request, checked, exchange, upstream.authority),
      hasBody,
      isUpgrade: false,
      connectTimeoutMs: timeouts.connectTimeoutMs,
    },
    {
      onReadyForBody: sendBody,
      onInformation: (information) => relayInformation(exchange, information),
      onResponse(answer) {
        hasAnswer = true;
        try {
          relayAnswer(exchange, answer, watchdog, timeouts.idleTimeoutMs);
        } catch (error) {
          answer.destroy();
          fail(error);
        }
      },
      onRetry(reason) {
        exchange.retries += 1;
        metrics.retries.inc({ upstream: upstream.name, reason });
      },
      onError: fail,
    },
  );
  awaitAnswer();

  response.once('close', () => {
    watchdog.stop();
    // An answer that came whole leaves its connection to the pool; in every other case the upstream may stop working.
    if (!response.writableFinished || !request.complete) abort();
    // An answer may come before the request has arrived whole. The rest is read, or it would be taken for the next one.
    if (!request.complete) request.unpipe().resume();
  });
}

function createStallError(outgoing: ClientRequest, name: string, timeoutMs: number): ProxyError {
  return outgoing.writableNeedDrain
    ? new ProxyError('UPSTREAM_TIMEOUT', `${name} took nothing of the body for ${timeoutMs} ms`)
    : new ProxyError('REQUEST_TIMEOUT', `nothing of the body came for ${timeoutMs} ms`);
}

/** 100 Continue for a client that waits for it, 103 Early Hints and the like for any that speaks HTTP/1.1. */
function relayInformation({ request, response }: Exchange, information: InformationEvent): void {
  const { statusCode, headers } = information;
  if (request.httpVersion === '1.0' || response.headersSent) return;
  if (statusCode === 100) {
    if (request.headers.expect !== undefined) response.writeContinue();
    return;
  }
  const { connection: _, 'keep-alive': __, ...rest } = headers;
  response.writeInformation(statusCode, rest);
}
