/** A whole ambassador: reads the configuration, opens the ports, and follows the file. */
import { followConfigFile, parseConfig, readText } from '@pod-patterns/runtime/config-file.ts';
import { AppError, describeError } from '@pod-patterns/runtime/errors.ts';
import type { Logger } from '@pod-patterns/runtime/logger.ts';
import { startOpsServer, type OpsServer, type OpsServerOptions } from '@pod-patterns/runtime/ops-server.ts';
import { Registry } from 'prom-client';
import { describeAddress } from './address.ts';
import { createAmbassador, type Ambassador } from './ambassador.ts';
import { viewConfig } from './config-view.ts';
import { configSchema, type Config } from './config.ts';
import { createMetrics } from './metrics.ts';
import { createRecorder } from './recorder.ts';
import { createReloader } from './reloader.ts';
import type { Upstream } from './upstream.ts';

export interface ServeOptions {
  readonly log: Logger;
  /** A monotonic clock, in milliseconds. */
  readonly now: () => number;
  /** The time of day. */
  readonly clock: () => Date;
}

export interface Service {
  /** Reads the file again. It counts even if it did not change: what kept it from being used may be gone by now. */
  reload(): Promise<void>;
  /** Finishes what is in flight, for as long as the configuration allows. */
  close(): Promise<void>;
}

/** Resolves when every port is open; an AppError says why one cannot be, or what is wrong with the file. */
export async function serve(configPath: string, { log, now, clock }: ServeOptions): Promise<Service> {
  const initialText = await readText(configPath);
  const initialConfig = parseConfig(configPath, initialText, configSchema);

  const upstreams = new Map<string, Upstream>();
  const registry = new Registry();
  const metrics = createMetrics(registry, () => upstreams.values());
  const recorder = createRecorder({ log, metrics, now });
  const ambassador = createAmbassador({ log, metrics, recorder, now, upstreams });
  await ambassador.apply(initialConfig);

  const apply = (config: Config) => ambassador.apply(config);
  const reloader = createReloader({ log, metrics, initialText, apply, clock });
  const ops = await startOps(initialConfig, {
    registry,
    readiness: () => ({ listeners: describeListeners(ambassador), config: 'ok' }),
    notes: () => ({ 'last reload': reloader.describe(), ...describeHealth(upstreams) }),
    routes: {
      // A hook of Kubernetes can only be a GET. It does no harm to requests, and is taken back if nothing follows.
      '/drain': (_request, response) => {
        ambassador.leave();
        response.end('leaving\n');
      },
      '/config': (_request, response) => {
        const view = viewConfig(configPath, ambassador.config ?? initialConfig, reloader.state);
        response.setHeader('content-type', 'application/json').end(`${JSON.stringify(view, null, 2)}\n`);
      },
    },
  });
  log.info({ config: configPath, ops_port: ops.port }, 'started');

  const following = new AbortController();
  void followConfigFile({
    path: configPath,
    schema: configSchema,
    initialText,
    onChange: (config, text) => void reloader.load(config, text),
    onError: (error) => void reloader.reject(error),
    signal: following.signal,
  });
  return {
    async reload() {
      log.info({ config: configPath }, 'reading the configuration again');
      try {
        const text = await readText(configPath);
        await reloader.load(parseConfig(configPath, text, configSchema), text);
      } catch (error) {
        await reloader.reject(error as AppError);
      }
    },
    async close() {
      following.abort();
      await ambassador.drain();
    },
  };
}

async function startOps({ ops }: Config, options: Omit<OpsServerOptions, 'host' | 'port'>): Promise<OpsServer> {
  try {
    return await startOpsServer({ ...options, port: ops.port, ...(ops.host !== undefined && { host: ops.host }) });
  } catch (error) {
    const message = `cannot listen on ${describeAddress(ops)} for probes and metrics: ${describeError(error)}`;
    throw new AppError('LISTEN_FAILED', message, 'Choose another ops.port, and name it in the probes too.', {
      cause: error,
    });
  }
}

function describeListeners({ isDraining, isLeaving }: Ambassador): string {
  if (isDraining) return 'draining';
  return isLeaving ? 'leaving' : 'ok';
}

/** An upstream that is not well is told, but the Pod stays ready: the other listeners still serve. */
function describeHealth(upstreams: ReadonlyMap<string, Upstream>): Record<string, string> {
  const watched = [...upstreams.values()].flatMap(({ name, health }) =>
    health === undefined ? [] : [{ name, health }],
  );
  return Object.fromEntries(watched.map(({ name, health }) => [`upstream ${name}`, health.state]));
}
