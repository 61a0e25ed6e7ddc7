/** What a configuration means for the listeners and upstreams, compared with those that are there already. */
import { isDeepStrictEqual } from 'node:util';
import type { Logger } from '@pod-patterns/runtime/logger.ts';
import { describeAddress } from './address.ts';
import type { Config, ListenerConfig } from './config.ts';
import { compileHeaderRules } from './header-rules.ts';
import type { Metrics } from './metrics.ts';
import type { Recorder } from './recorder.ts';
import type { Route } from './route.ts';
import { compileTrustedProxies } from './trusted-proxies.ts';
import { createUpstreamHealth } from './upstream-health.ts';
import { Upstream } from './upstream.ts';

export interface PlanOptions {
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly recorder: Recorder;
  /** A monotonic clock, in milliseconds. */
  readonly now: () => number;
}

/** An upstream whose definition stays keeps its pool, and what is known about its health. */
export function chooseUpstreams(
  config: Config,
  existing: ReadonlyMap<string, Upstream>,
  { log, metrics, now }: PlanOptions,
): Map<string, Upstream> {
  return new Map(
    Object.entries(config.upstreams).map(([name, definition]) => {
      const old = existing.get(name);
      if (old !== undefined && isDeepStrictEqual(old.config, definition)) return [name, old];
      const health = createUpstreamHealth({ name, config: definition, log, metrics, now });
      return [name, new Upstream(name, definition, health, now)];
    }),
  );
}

/** The upstreams of one set that another does not have, or has another of that name. */
export function without(set: ReadonlyMap<string, Upstream>, other: ReadonlyMap<string, Upstream>): Upstream[] {
  return [...set.values()].filter((upstream) => other.get(upstream.name) !== upstream);
}

export interface PlannedRoute {
  readonly config: ListenerConfig;
  readonly route: Route;
}

/** What each listener is to do, by what it is recognised by across reloads. */
export function planRoutes(
  config: Config,
  upstreams: ReadonlyMap<string, Upstream>,
  { metrics, recorder }: PlanOptions,
): Map<string, PlannedRoute> {
  const isTrusted = compileTrustedProxies(config.trustedProxies);
  return new Map(
    config.listeners.map((listener) => {
      const upstream = upstreams.get(listener.upstream);
      if (upstream === undefined) {
        throw new TypeError(`the schema let the unknown upstream "${listener.upstream}" through`);
      }
      const route: Route = {
        listener: listener.name,
        upstream,
        timeouts: config.timeouts,
        limits: config.limits,
        isTrusted,
        applyRequestRules: compileHeaderRules(listener.requestHeaders),
        applyResponseRules: compileHeaderRules(listener.responseHeaders),
        hasAccessLog: config.accessLog,
        metrics,
        recorder,
      };
      return [toKey(listener), { config: listener, route }];
    }),
  );
}

/** A listener is the same as long as its address is; where the system chooses the port, as long as its name is. */
function toKey({ name, host, port }: ListenerConfig): string {
  return port === 0 ? `${host ?? '*'}:${name}` : describeAddress({ host, port });
}
