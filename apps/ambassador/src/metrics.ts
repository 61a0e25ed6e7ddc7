/** Prometheus metrics: rate, errors and duration of requests, what the pools do, and how reloads went. */
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Upstream } from './upstream.ts';

export interface Metrics {
  readonly requests: Counter<'listener' | 'upstream' | 'method' | 'code_class'>;
  readonly duration: Histogram<'listener' | 'upstream'>;
  readonly inFlight: Gauge<'listener'>;
  readonly tunnels: Gauge<'listener'>;
  readonly errors: Counter<'upstream' | 'code'>;
  readonly retries: Counter<'upstream' | 'reason'>;
  readonly reloads: Counter<'result'>;
  readonly lastReloadSuccessful: Gauge;
}

/** `upstreams` is asked at every scrape, since a reload may change them. */
export function createMetrics(registry: Registry, upstreams: () => Iterable<Upstream>): Metrics {
  const registers = [registry];
  // The pools know their own state, so it is read when it is asked for, and not kept a second time.
  const perUpstream = (set: (gauge: Gauge, upstream: Upstream) => void) =>
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
  void [connections, waiting];

  const lastReloadSuccessful = new Gauge({
    name: 'ambassador_config_last_reload_successful',
    help: '1 if the configuration file as it is now is in use, 0 if it was refused and an earlier one serves.',
    registers,
  });
  lastReloadSuccessful.set(1);
  return {
    requests: new Counter({
      name: 'ambassador_requests_total',
      help: 'Requests that ended, by method and class of the status; 499 stands for a client that went away.',
      labelNames: ['listener', 'upstream', 'method', 'code_class'],
      registers,
    }),
    duration: new Histogram({
      name: 'ambassador_request_duration_seconds',
      help: 'From the head of the request to the end of the answer, tunnels excepted.',
      labelNames: ['listener', 'upstream'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
      registers,
    }),
    inFlight: new Gauge({
      name: 'ambassador_requests_in_flight',
      help: 'Requests that have begun and not ended, tunnels included.',
      labelNames: ['listener'],
      registers,
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
    reloads: new Counter({
      name: 'ambassador_config_reloads_total',
      help: 'Changes of the configuration file: success, or failure if the earlier one was kept.',
      labelNames: ['result'],
      registers,
    }),
    lastReloadSuccessful,
  };
}
