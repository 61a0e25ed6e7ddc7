/** One line in the log and one count in the metrics for each request, whichever way it ended. */
import type { Logger } from '@pod-patterns/runtime/logger.ts';
import { describeError } from '@pod-patterns/runtime/errors.ts';
import type { Exchange } from './exchange.ts';
import type { Metrics } from './metrics.ts';
import type { ProxyError } from './proxy-error.ts';

/** Not a status of HTTP, but what many logs write for a client that went away before it was answered. */
const CLIENT_CLOSED_STATUS = 499;
/** Others are counted as `other`, so that clients cannot invent label values. */
const COMMON_METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'CONNECT', 'TRACE']);

export interface Recorder {
  begin(exchange: Exchange): void;
  /** Call it once the connection to the client is free again, or gone. A second call does nothing. */
  end(exchange: Exchange): void;
  /** For what could not even be read as a request. */
  refuse(listener: string, upstream: string, clientAddress: string, error: ProxyError): void;
}

/** `now` is a monotonic clock in milliseconds. */
export function createRecorder({ log, metrics, now }: { log: Logger; metrics: Metrics; now: () => number }): Recorder {
  return {
    begin(exchange) {
      metrics.inFlight.inc({ listener: exchange.listener });
    },

    end(exchange) {
      if (!exchange.isOpen) return;
      exchange.isOpen = false;
      const { listener, upstream, request, response, trace, error } = exchange;
      const durationMs = now() - exchange.startedAtMs;
      const status = exchange.status ?? CLIENT_CLOSED_STATUS;
      const isTunnel = status === 101;
      const problem = error ?? (isTunnel || response.writableFinished ? undefined : 'CLIENT_CLOSED');

      metrics.inFlight.dec({ listener });
      metrics.requests.inc({
        listener,
        upstream,
        method: toMethodLabel(request.method),
        code_class: toCodeClass(status),
      });
      if (!isTunnel) metrics.duration.observe({ listener, upstream }, durationMs / 1_000);
      if (problem?.startsWith('UPSTREAM_') === true)
        metrics.errors.inc({ upstream, code: problem.split(':')[0] ?? problem });

      const line = {
        request_id: exchange.requestId,
        trace_id: trace.traceId,
        span_id: trace.spanId,
        http_method: request.method,
        // Without the query, which may hold secrets.
        url_path: request.url?.split('?')[0],
        http_status: status,
        duration_ms: Math.round(durationMs * 1_000) / 1_000,
        listener,
        upstream,
        client_address: exchange.clientAddress,
        bytes_in: exchange.bytesIn,
        bytes_out: exchange.bytesOut,
        ...(exchange.retries > 0 && { retries: exchange.retries }),
        ...(problem !== undefined && { error: problem }),
      };
      if (problem === undefined) log.info(line, 'request');
      else log.warn(line, 'request');
    },

    refuse(listener, upstream, clientAddress, error) {
      metrics.requests.inc({ listener, upstream, method: 'other', code_class: toCodeClass(error.status) });
      log.warn(
        {
          http_status: error.status,
          listener,
          upstream,
          client_address: clientAddress,
          error: `${error.code}: ${describeError(error)}`,
        },
        'request',
      );
    },
  };
}

function toMethodLabel(method: string | undefined): string {
  return method !== undefined && COMMON_METHODS.has(method) ? method : 'other';
}

function toCodeClass(status: number): string {
  return `${Math.floor(status / 100)}xx`;
}
