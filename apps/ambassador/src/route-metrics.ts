/**
 * What is counted for each request, as plain numbers that reach the registry when it is scraped: looking up a labelled
 * series costs a microsecond, and a request needs several.
 */
import type { Counter, Gauge } from 'prom-client';
import type { DurationSeries } from './durations.ts';

/** Others are counted as `other`, so that clients cannot invent label values. */
const COMMON_METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'CONNECT', 'TRACE']);

export interface RouteMetrics {
  /** A request has begun. */
  begin(): void;
  /** One that has begun has ended with that status. Its duration counts unless it was a tunnel. */
  end(method: string | undefined, status: number, durationMs: number | undefined): void;
  /** One ended before it could begin, because it was no valid request. */
  refuse(status: number): void;
}

type Requests = Counter<'listener' | 'upstream' | 'method' | 'code_class'>;
type AddDurations = (labels: { listener: string; upstream: string }) => DurationSeries;

export interface RouteMetricsStore {
  /** The same object each time for the same names; look it up once for each route. */
  of(listener: string, upstream: string): RouteMetrics;
  /** Adds what has ended since the last time. */
  flushRequests(requests: Requests): void;
  /** Adds what has begun since the last time, and takes off what has ended. */
  flushInFlight(inFlight: Gauge<'listener'>): void;
}

export function createRouteMetricsStore(addDurations: AddDurations): RouteMetricsStore {
  const routes = new Map<string, Route>();
  return {
    of(listener, upstream) {
      const key = `${listener} ${upstream}`;
      const route = routes.get(key) ?? new Route(listener, upstream, addDurations);
      routes.set(key, route);
      return route;
    },
    flushRequests(requests) {
      for (const route of routes.values()) route.flushRequests(requests);
    },
    flushInFlight(inFlight) {
      for (const route of routes.values()) route.flushInFlight(inFlight);
    },
  };
}

class Route implements RouteMetrics {
  readonly #labels: { readonly listener: string; readonly upstream: string };
  readonly #durations: DurationSeries;
  #begun = 0;
  /** By method, then by the first digit of the status. */
  #ended = new Map<string, number[]>();

  constructor(listener: string, upstream: string, addDurations: AddDurations) {
    this.#labels = { listener, upstream };
    this.#durations = addDurations(this.#labels);
  }

  begin(): void {
    this.#begun += 1;
  }

  end(method: string | undefined, status: number, durationMs: number | undefined): void {
    this.#begun -= 1;
    this.#count(method !== undefined && COMMON_METHODS.has(method) ? method : 'other', status);
    if (durationMs !== undefined) this.#durations.observe(durationMs / 1_000);
  }

  refuse(status: number): void {
    this.#count('other', status);
  }

  flushInFlight(inFlight: Gauge<'listener'>): void {
    inFlight.inc({ listener: this.#labels.listener }, this.#begun);
    this.#begun = 0;
  }

  flushRequests(requests: Requests): void {
    for (const [method, counts] of this.#ended) {
      for (const [digit, count] of counts.entries()) {
        if (count > 0) requests.inc({ ...this.#labels, method, code_class: `${digit}xx` }, count);
      }
      counts.fill(0);
    }
  }

  #count(method: string, status: number): void {
    let counts = this.#ended.get(method);
    if (counts === undefined) this.#ended.set(method, (counts = Array.from({ length: 10 }, () => 0)));
    const digit = Math.min(9, Math.floor(status / 100));
    counts[digit] = (counts[digit] ?? 0) + 1;
  }
}
