/** Answers to the client: the upstream's, passed on as it arrives, or an error of our own. */
import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { describeError } from '@pod-patterns/runtime/errors.ts';
import type { Exchange } from './exchange.ts';
import { createResponseHeaders } from './headers.ts';
import { ProxyError } from './proxy-error.ts';
import type { Watchdog } from './watchdog.ts';

/**
 * Passes an answer on. If the upstream breaks off, so do we: the client's connection is cut, because an orderly end
 * would say that the answer was whole. Throws a ProxyError, with nothing sent, if it cannot be passed on.
 */
export function relayAnswer(
  exchange: Exchange,
  answer: IncomingMessage,
  watchdog: Watchdog,
  idleTimeoutMs: number,
): void {
  const { response } = exchange;
  const encoding = answer.headers['transfer-encoding'];
  if (encoding !== undefined && encoding.toLowerCase() !== 'chunked') {
    throw new ProxyError('UPSTREAM_INVALID', `${exchange.upstream} answered with the transfer encoding "${encoding}"`);
  }
  const headers = createResponseHeaders(answer, exchange.requestId);
  if (exchange.isLastOfConnection()) headers.push('Connection', 'close');
  try {
    response.writeHead(answer.statusCode ?? 0, answer.statusMessage, headers);
  } catch (error) {
    const options = { cause: error };
    throw new ProxyError('UPSTREAM_INVALID', `${exchange.upstream} sent an answer that cannot be passed on`, options);
  }
  exchange.status = answer.statusCode;

  const cut = (reason: string) => {
    exchange.error ??= reason;
    answer.destroy();
    response.destroy();
  };
  watchdog.arm(idleTimeoutMs, () => cut(`UPSTREAM_TIMEOUT: nothing moved for ${idleTimeoutMs} ms`));
  answer.on('data', (chunk: Buffer) => {
    exchange.bytesOut += chunk.length;
    watchdog.touch();
  });
  response.on('drain', () => watchdog.touch());
  answer.on('error', (error) => cut(`UPSTREAM_CLOSED: ${describeError(error)}`));
  answer.pipe(response);
  // A head without a body yet, as of an event stream, must not wait in a buffer for the first byte.
  setImmediate(() => {
    if (exchange.bytesOut === 0 && !response.writableEnded) response.flushHeaders();
  });
}

/**
 * Ends a request that cannot be answered with an upstream's answer. `error` must not be trusted to be a ProxyError:
 * whatever it is, the client gets an answer, or a closed connection if one has begun, and the process goes on.
 */
export function answerError(exchange: Exchange, error: unknown): void {
  const { request, response, requestId } = exchange;
  const reason =
    error instanceof ProxyError ? error : new ProxyError('UPSTREAM_INVALID', 'internal error', { cause: error });
  exchange.error ??= `${reason.code}: ${describeError(reason)}`;
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const body = `${JSON.stringify({ error: reason.code, message: reason.message, requestId })}\n`;
  const headers: OutgoingHttpHeaders = {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(body),
    'X-Request-Id': requestId,
  };
  exchange.isRefused = reason.isRefusal;
  if (exchange.isRefused || exchange.isLastOfConnection()) headers['Connection'] = 'close';
  exchange.status = reason.status;
  exchange.bytesOut = Buffer.byteLength(body);
  response.writeHead(reason.status, headers).end(body);
  if (!request.complete) request.unpipe().resume();
}
