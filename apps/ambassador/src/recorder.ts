/** One line in the log and one count in the metrics for each request, whichever way it ended. */
import type { Logger } from '@pod-patterns/runtime/logger.ts';
import { describeError } from '@pod-patterns/runtime/errors.ts';
import type { Exchange, ExchangeContext } from './exchange.ts';
import type { Metrics } from './metrics.ts';
import type { ProxyError } from './proxy-error.ts';

/** Not a status of HTTP, but what many logs write for a client that went away before it was answered. */
const CLIENT_CLOSED_STATUS = 499;

export interface Recorder {
  /** Call it once for each exchange, when the connection to the client is free again, or gone. */
  end(exchange: Exchange): void;
  /** For what could not even be read as a request. */
  refuse(context: Pick<ExchangeContext, 'route' | 'metrics'>, clientAddress: string, error: ProxyError): void;
}

export interface RecorderOptions {
  readonly log: Logger;
  readonly metrics: Pick<Metrics, 'errors'>;
  /** A monotonic clock, in milliseconds. */
  readonly now: () => number;
}

export function createRecorder({ log, metrics, now }: RecorderOptions): Recorder {
  return {
    end(exchange) {
      const { request, response, context } = exchange;
      const { route } = context;
      const durationMs = now() - exchange.startedAtMs;
      const status = exchange.status ?? CLIENT_CLOSED_STATUS;
      const isTunnel = status === 101;
      const problem = exchange.error ?? (isTunnel || response.writableFinished ? undefined : 'CLIENT_CLOSED');

      context.metrics.end(request.method, status, isTunnel ? undefined : durationMs);
      if (problem?.startsWith('UPSTREAM_') === true) {
        metrics.errors.inc({ upstream: route.upstream.name, code: problem.split(':')[0] ?? problem });
      }
      if (!route.hasAccessLog) return;
      const line = createLine(exchange, status, durationMs, problem);
      if (problem === undefined) log.info(line, 'request');
      else log.warn(line, 'request');
    },

    refuse({ route, metrics: routeMetrics }, clientAddress, error) {
      routeMetrics.refuse(error.status);
      if (!route.hasAccessLog) return;
      log.warn(
        {
          http_status: error.status,
          listener: route.listener,
          upstream: route.upstream.name,
          client_address: clientAddress,
          error: `${error.code}: ${describeError(error)}`,
        },
        'request',
      );
    },
  };
}

function createLine(exchange: Exchange, status: number, durationMs: number, problem: string | undefined) {
  const { request, timings, context } = exchange;
  const line: Record<string, string | number | undefined> = {
    request_id: exchange.requestId,
    trace_id: exchange.traceId,
    span_id: exchange.spanId,
    http_method: request.method,
    // Without the query, which may hold secrets.
    url_path: request.url?.split('?', 1)[0],
    http_status: status,
    duration_ms: toMicroseconds(durationMs),
    listener: context.route.listener,
    upstream: context.route.upstream.name,
    client_address: exchange.clientAddress,
    bytes_in: exchange.bytesIn,
    bytes_out: exchange.bytesOut,
  };
  if (timings !== undefined) {
    line['queue_ms'] = toMicroseconds(timings.queueMs ?? 0);
    line['connect_ms'] = toMicroseconds(timings.connectMs ?? 0);
    if (timings.firstByteMs !== undefined) line['first_byte_ms'] = toMicroseconds(timings.firstByteMs);
  }
  if (exchange.retries > 0) line['retries'] = exchange.retries;
  if (problem !== undefined) line['error'] = problem;
  return line;
}

/** More digits than that would say nothing. */
function toMicroseconds(durationMs: number): number {
  return Math.round(durationMs * 1_000) / 1_000;
}
