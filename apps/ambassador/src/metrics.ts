/** Prometheus metrics: rate, errors and duration of requests, what the pools do, and how reloads went. */
import { Counter, Gauge, type Registry } from 'prom-client';
import { createDurations } from './durations.ts';
import { createRouteMetricsStore, type RouteMetrics } from './route-metrics.ts';
import type { UpstreamHealth } from './upstream-health.ts';
import type { PoolState } from './upstream.ts';

/** What the metrics show of an upstream; its health is undefined if nothing watches over it. */
interface UpstreamState {
  readonly name: string;
  readonly pool: PoolState;
  readonly health?: Pick<UpstreamHealth, 'state'> | undefined;
}

export interface Metrics {
  readonly requests: Counter<'listener' | 'upstream' | 'method' | 'code_class'>;
  readonly inFlight: Gauge<'listener'>;
  readonly tunnels: Gauge<'listener'>;
  readonly errors: Counter<'upstream' | 'code'>;
  readonly retries: Counter<'upstream' | 'reason'>;
  /** Connections of clients that were closed at once, because there were as many as there may be. */
  readonly connectionsRefused: Counter<'listener'>;
  readonly healthChecks: Counter<'upstream' | 'result'>;
  readonly ejections: Counter<'upstream'>;
  readonly reloads: Counter<'result'>;
  readonly lastReloadSuccessful: Gauge;
  readonly lastReloadTime: Gauge;
  /** `requests`, `inFlight` and the durations of one listener and upstream, for code that runs for each request. */
  route(listener: string, upstream: string): RouteMetrics;
}

/** `upstreams` is asked at every scrape, since a reload may change them. */
export function createMetrics(registry: Registry, upstreams: () => Iterable<UpstreamState>): Metrics {
  const registers = [registry];
  // The pools know their own state, so it is read when it is asked for, and not kept a second time.
  const perUpstream = (set: (gauge: Gauge, upstream: UpstreamState) => void) =>
    function collect(this: Gauge) {
      this.reset();
      for (const upstream of upstreams()) set(this, upstream);
    };
  const connections = new Gauge({
    name: 'ambassador_upstream_connections',
    help: 'Connections in the pool of an upstream, by state.',
    labelNames: ['upstream', 'state'],
    registers,
    collect: perUpstream((gauge, { name, pool }) => {
      gauge.set({ upstream: name, state: 'active' }, pool.active);
      gauge.set({ upstream: name, state: 'idle' }, pool.idle);
    }),
  });
  const waiting = new Gauge({
    name: 'ambassador_upstream_waiting_requests',
    help: 'Requests that wait for a connection because the pool is used up.',
    labelNames: ['upstream'],
    registers,
    collect: perUpstream((gauge, { name, pool }) => gauge.set({ upstream: name }, pool.waiting)),
  });
  const health = new Gauge({
    name: 'ambassador_upstream_health',
    help: '1 for the state that an upstream is in, 0 for the others; only if its health is watched.',
    labelNames: ['upstream', 'state'],
    registers,
    collect: perUpstream((gauge, { name, health: { state } = {} }) => {
      if (state === undefined) return;
      for (const each of ['ok', 'unhealthy', 'ejected'])
        gauge.set({ upstream: name, state: each }, each === state ? 1 : 0);
    }),
  });
  void [connections, waiting, health];

  const addDurations = createDurations({
    name: 'ambassador_request_duration_seconds',
    help: 'From the head of the request to the end of the answer, tunnels excepted.',
    registry,
  });
  const routes = createRouteMetricsStore(addDurations);

  const lastReloadSuccessful = new Gauge({
    name: 'ambassador_config_last_reload_successful',
    help: '1 if the configuration file as it is now is in use, 0 if it was refused and an earlier one serves.',
    registers,
  });
  lastReloadSuccessful.set(1);
  const lastReloadTime = new Gauge({
    name: 'ambassador_config_last_reload_success_timestamp_seconds',
    help: 'When the configuration in use was taken into use, at the start or by a reload.',
    registers,
  });
  lastReloadTime.setToCurrentTime();
  return {
    requests: new Counter({
      name: 'ambassador_requests_total',
      help: 'Requests that ended, by method and class of the status; 499 stands for a client that went away.',
      labelNames: ['listener', 'upstream', 'method', 'code_class'],
      registers,
      collect() {
        routes.flushRequests(this);
      },
    }),
    inFlight: new Gauge({
      name: 'ambassador_requests_in_flight',
      help: 'Requests that have begun and not ended, tunnels included.',
      labelNames: ['listener'],
      registers,
      collect() {
        routes.flushInFlight(this);
      },
    }),
    tunnels: new Gauge({
      name: 'ambassador_tunnels_open',
      help: 'Connections that were upgraded to WebSocket.',
      labelNames: ['listener'],
      registers,
    }),
    errors: new Counter({
      name: 'ambassador_upstream_errors_total',
      help: 'Requests that got no whole answer from their upstream, by the code that the log shows.',
      labelNames: ['upstream', 'code'],
      registers,
    }),
    retries: new Counter({
      name: 'ambassador_upstream_retries_total',
      help: 'Requests sent again: connect = no connection could be made, stale = a pooled connection was dead.',
      labelNames: ['upstream', 'reason'],
      registers,
    }),
    connectionsRefused: new Counter({
      name: 'ambassador_connections_refused_total',
      help: 'Connections of clients that were closed at once because of limits.maxConnections.',
      labelNames: ['listener'],
      registers,
    }),
    healthChecks: new Counter({
      name: 'ambassador_upstream_health_checks_total',
      help: 'Active health checks, by result: success, failure.',
      labelNames: ['upstream', 'result'],
      registers,
    }),
    ejections: new Counter({
      name: 'ambassador_upstream_ejections_total',
      help: 'How often an upstream was left alone after failed requests, failed trials included.',
      labelNames: ['upstream'],
      registers,
    }),
    reloads: new Counter({
      name: 'ambassador_config_reloads_total',
      help: 'Changes of the configuration file: success, or failure if the earlier one was kept.',
      labelNames: ['result'],
      registers,
    }),
    lastReloadSuccessful,
    lastReloadTime,
    route: (listener, upstream) => routes.of(listener, upstream),
  };
}
