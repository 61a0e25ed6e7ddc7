/** Starts the ambassador: reads the configuration, opens the ports, follows the file, and ends on SIGTERM. */
import { Registry } from 'prom-client';
import { parseConfig, followConfigFile, readText } from '@pod-patterns/runtime/config-file.ts';
import { AppError, describeError } from '@pod-patterns/runtime/errors.ts';
import { createLogger } from '@pod-patterns/runtime/logger.ts';
import { startOpsServer, type OpsServer, type OpsServerOptions } from '@pod-patterns/runtime/ops-server.ts';
import { exitOnSignals } from '@pod-patterns/runtime/shutdown.ts';
import { createAmbassador } from './ambassador.ts';
import { HELP, parseCommand, type Command } from './cli.ts';
import { configSchema, describeAddress, MAX_DURATION_MS, type Config } from './config.ts';
import { createMetrics } from './metrics.ts';
import { createRecorder } from './recorder.ts';
import { createReloader, type Reloader } from './reloader.ts';
import type { Upstream } from './upstream.ts';

const log = createLogger({ service: 'ambassador' });
const now = () => performance.now();

async function run(configPath: string): Promise<void> {
  const initialText = await readText(configPath);
  const initialConfig = parseConfig(configPath, initialText, configSchema);

  const upstreams = new Map<string, Upstream>();
  const registry = new Registry();
  const metrics = createMetrics(registry, () => upstreams.values());
  const recorder = createRecorder({ log, metrics, now });
  const ambassador = createAmbassador({ log, metrics, recorder, now, upstreams });
  await ambassador.apply(initialConfig);

  const reloader = createReloader({ log, metrics, initialText, apply: (config) => ambassador.apply(config) });
  const ops = await startOps(initialConfig, {
    registry,
    readiness: () => ({ listeners: ambassador.isDraining ? 'draining' : 'ok', config: 'ok' }),
    notes: () => ({ 'last reload': reloader.describe() }),
    routes: {
      '/config': (_request, response) => {
        response.setHeader('content-type', 'application/json').end(`${JSON.stringify(ambassador.config, null, 2)}\n`);
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
    onError: (error) => reloader.reject(error),
    signal: following.signal,
  });
  process.on('SIGHUP', () => void reload(configPath, reloader));
  exitOnSignals({
    log,
    // The drain limits itself, to what the configuration says by then.
    timeoutMs: MAX_DURATION_MS,
    async close() {
      following.abort();
      await ambassador.drain();
    },
  });
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

/** On request the file counts even if it did not change: what kept it from being used may be gone by now. */
async function reload(configPath: string, reloader: Reloader): Promise<void> {
  log.info({ signal: 'SIGHUP' }, 'reading the configuration again');
  try {
    const text = await readText(configPath);
    await reloader.load(parseConfig(configPath, text, configSchema), text);
  } catch (error) {
    reloader.reject(error as AppError);
  }
}

function parseCommandOrExit(args: readonly string[]): Command {
  try {
    return parseCommand(args);
  } catch (error) {
    const { message, remedy } = error as AppError;
    process.stderr.write(`ambassador: ${message}\n${remedy}\n`);
    return process.exit(2);
  }
}

function exitWith(error: unknown): never {
  if (error instanceof AppError) log.fatal({ code: error.code, remedy: error.remedy }, error.message);
  else log.fatal({ err: error }, 'unexpected error');
  process.exit(1);
}

process.on('uncaughtException', exitWith);
const command = parseCommandOrExit(process.argv.slice(2));
if (command.kind === 'help') process.stdout.write(HELP);
else await run(command.configPath).catch(exitWith);
