/**
 * The listeners and upstreams that are in force, and the change from one set of them to another: first everything that
 * can fail, which is opening ports, then everything that cannot. So a reload takes place as a whole or not at all.
 */
import { isDeepStrictEqual } from 'node:util';
import { AppError } from '@pod-patterns/runtime/errors.ts';
import { describeAddress } from './address.ts';
import type { Config, ListenerConfig } from './config.ts';
import { openListener, type Listener, type ListenerOptions } from './listener.ts';
import { chooseUpstreams, planRoutes, without, type PlannedRoute, type PlanOptions } from './plan.ts';
import type { Upstream } from './upstream.ts';

export interface AmbassadorOptions extends PlanOptions {
  /** Where the metrics find the upstreams that are in force; its content is replaced at each change. */
  readonly upstreams: Map<string, Upstream>;
}

export interface Ambassador {
  /** What is in force; undefined before the first `apply`. */
  readonly config: Config | undefined;
  readonly isDraining: boolean;
  /** Between `leave` and the end. */
  readonly isLeaving: boolean;
  /** The open port of each listener, by its name. */
  readonly ports: ReadonlyMap<string, number>;
  /**
   * Makes a configuration the one in force. Connections of listeners whose address stays are left alone. If it throws,
   * nothing has changed: AppError `LISTEN_FAILED`, or `CONFIG_NEEDS_RESTART` for what is only read at the start.
   * Calls must not overlap.
   */
  apply(config: Config): Promise<void>;
  /**
   * Asks clients to go elsewhere: serves on, but closes each connection with its next answer. If nothing ends the
   * process within LEAVE_LIMIT_MS it was a mistake, and is taken back.
   */
  leave(): void;
  /** Takes no new connections, finishes what is in flight, and after `drainTimeoutMs` closes what is left. */
  drain(): Promise<void>;
}

/** Longer than any grace period that leaves time for a drain. */
const LEAVE_LIMIT_MS = 60_000;

interface OpenListener {
  readonly config: ListenerConfig;
  readonly listener: Listener;
}

export function createAmbassador(options: AmbassadorOptions): Ambassador {
  const { log, upstreams } = options;
  let current: Config | undefined;
  let open = new Map<string, OpenListener>();
  let isDraining = false;
  let leaving: NodeJS.Timeout | undefined;
  /** Listeners that a reload removed, until their last connection is closed. */
  const removedListeners = new Set<Promise<void>>();

  return {
    get config() {
      return current;
    },
    get isDraining() {
      return isDraining;
    },
    get isLeaving() {
      return leaving !== undefined;
    },
    get ports() {
      return new Map([...open.values()].map(({ config, listener }) => [config.name, listener.port]));
    },

    async apply(config) {
      if (isDraining) return;
      if (current !== undefined && !isDeepStrictEqual(current.ops, config.ops)) {
        const remedy = 'Put the old values back, or restart the container, whose probes name the port too.';
        throw new AppError('CONFIG_NEEDS_RESTART', 'ops.host and ops.port are read at the start only', remedy);
      }
      const nextUpstreams = chooseUpstreams(config, upstreams, options);
      const routes = planRoutes(config, nextUpstreams, options);
      let opened: ReadonlyMap<string, Listener>;
      try {
        opened = await openMissing(open, routes, { ...options, isLeaving: () => leaving !== undefined });
      } catch (error) {
        for (const upstream of without(nextUpstreams, upstreams)) upstream.retire();
        throw error;
      }
      const next = new Map<string, OpenListener>();
      for (const [key, { config: listenerConfig, route }] of routes) {
        const old = open.get(key)?.listener;
        old?.use(route);
        const listener = opened.get(key) ?? old;
        if (listener !== undefined) next.set(key, { config: listenerConfig, listener });
      }
      const removed = [...open].filter(([key]) => !next.has(key)).map(([, value]) => value);
      const retired = without(upstreams, nextUpstreams);
      current = config;
      open = next;
      upstreams.clear();
      for (const [name, upstream] of nextUpstreams) upstreams.set(name, upstream);
      for (const upstream of retired) upstream.retire();
      for (const { config: old, listener } of removed) {
        log.info({ listener: old.name }, `no longer listening on ${describeAddress(old)}`);
        const left = listener.drain(config.timeouts.drainTimeoutMs).finally(() => removedListeners.delete(left));
        removedListeners.add(left);
      }
    },

    leave() {
      if (leaving === undefined) log.info('leaving: each connection is closed with its next answer');
      clearTimeout(leaving);
      leaving = setTimeout(() => {
        leaving = undefined;
        log.warn(`nothing has ended this process within ${LEAVE_LIMIT_MS} ms: serving as before`);
      }, LEAVE_LIMIT_MS).unref();
    },

    async drain() {
      isDraining = true;
      clearTimeout(leaving);
      const timeoutMs = current?.timeouts.drainTimeoutMs ?? 0;
      await Promise.all([...removedListeners, ...[...open.values()].map(({ listener }) => listener.drain(timeoutMs))]);
      for (const upstream of upstreams.values()) upstream.retire();
    },
  };
}

async function openMissing(
  open: ReadonlyMap<string, OpenListener>,
  routes: ReadonlyMap<string, PlannedRoute>,
  { log, now, isLeaving }: Pick<ListenerOptions, 'log' | 'now' | 'isLeaving'>,
): Promise<Map<string, Listener>> {
  const opened = new Map<string, Listener>();
  try {
    for (const [key, { config, route }] of routes) {
      if (open.has(key)) continue;
      const listener = await openListener({ config, route, log, now, isLeaving });
      opened.set(key, listener);
      const { name: listenerName, host, upstream } = config;
      log.info({ listener: listenerName, upstream }, `listening on ${describeAddress({ host, port: listener.port })}`);
    }
    return opened;
  } catch (error) {
    await Promise.all([...opened.values()].map((listener) => listener.drain(0)));
    throw error;
  }
}
