/**
 * log-adapter: makes one stream of JSON events out of the logs of programs that write as they please.
 */
import { AppError, describeError } from '@pod-patterns/runtime/errors.ts';
import { followConfigFile, parseConfig, readText } from '@pod-patterns/runtime/config-file.ts';
import { createLogger } from '@pod-patterns/runtime/logger.ts';
import { startOpsServer } from '@pod-patterns/runtime/ops-server.ts';
import { exitOnSignals } from '@pod-patterns/runtime/shutdown.ts';
import { Registry } from 'prom-client';
import { Adapter } from './adapter.ts';
import { loadCheckpoint, openCheckpointStore } from './checkpoint.ts';
import { parseCommandLine, USAGE } from './cli.ts';
import { AdapterConfigSchema } from './config.ts';
import { createEventWriter } from './event-writer.ts';
import { createMetrics } from './metrics.ts';
import { createSink } from './sink.ts';

const SHUTDOWN_TIMEOUT_MS = 5_000;
const FLUSH_TIMEOUT_MS = 1_000;

const command = parseCommandLine(process.argv.slice(2));
if ('help' in command) {
  process.stdout.write(USAGE);
} else if ('fault' in command) {
  process.stderr.write(`${command.fault}\n\n${USAGE}`);
  process.exitCode = 2;
} else {
  await run(command.configFile);
}

async function run(configFile: string): Promise<void> {
  const sink = createSink(process.stdout, (error) => {
    // Nobody reads us any more. What was not taken is not in the checkpoint: the next run writes it.
    process.stderr.write(`log-adapter: cannot write to stdout: ${error.message}\n`);
    process.exit(1);
  });
  const log = createLogger({ service: 'log-adapter', destination: sink });
  try {
    await start(configFile, sink, log);
  } catch (error) {
    const isOurs = error instanceof AppError;
    log.fatal(isOurs ? { code: error.code, remedy: error.remedy } : { err: error }, describeError(error));
    await sink.flush(FLUSH_TIMEOUT_MS);
    process.exit(1);
  }
}

async function start(
  configFile: string,
  sink: ReturnType<typeof createSink>,
  log: ReturnType<typeof createLogger>,
): Promise<void> {
  const text = await readText(configFile);
  const config = parseConfig(configFile, text, AdapterConfigSchema);
  const registry = new Registry();
  const metrics = createMetrics(registry, {
    lagBytes: () => adapter.values(({ lagBytes }) => lagBytes),
    openFiles: () => adapter.values(({ openFiles }) => openFiles),
  });
  const checkpoint = await openCheckpointStore({
    folder: config.stateDir,
    log,
    positions: () => adapter.positions,
    onSaved: () => metrics.checkpointTime.setToCurrentTime(),
    onFailure: () => metrics.checkpointFailures.inc(),
  });
  const adapter = new Adapter({
    saved: await loadCheckpoint(config.stateDir, log),
    sink,
    writeEvent: createEventWriter(sink),
    metrics,
    log,
    now: Date.now,
    onProgress: () => checkpoint.touch(),
  });
  const following = new AbortController();
  let configState = 'ok';
  const opsServer = await startOpsServer({
    port: config.ops.port,
    registry,
    readiness: () => adapter.readiness,
    notes: () => ({ configuration: configState, ...adapter.notes }),
  });
  await adapter.apply(config);
  metrics.configIsGood.set(1);
  log.info({ config: configFile, ops_port: opsServer.port, inputs: config.inputs.map(({ path }) => path) }, 'started');

  exitOnSignals({
    log,
    timeoutMs: SHUTDOWN_TIMEOUT_MS,
    async close() {
      following.abort();
      await adapter.stop();
      if (!(await sink.flush(FLUSH_TIMEOUT_MS)))
        log.warn('stdout did not take everything: the next run writes the rest');
      await checkpoint.save();
      await opsServer[Symbol.asyncDispose]();
    },
  });

  await followConfigFile({
    path: configFile,
    schema: AdapterConfigSchema,
    initialText: text,
    signal: following.signal,
    onChange(next) {
      configState = 'ok';
      metrics.configReloads.inc({ result: 'ok' });
      metrics.configIsGood.set(1);
      if (next.stateDir !== config.stateDir || next.ops.port !== config.ops.port) {
        log.warn('stateDir and ops are read at the start only: restart to use the new ones');
      }
      void adapter.apply(next);
      log.info({ inputs: next.inputs.map(({ path }) => path) }, 'using the new configuration');
    },
    onError(error) {
      configState = `the one before is in use, because ${error.message}`;
      metrics.configReloads.inc({ result: 'error' });
      metrics.configIsGood.set(0);
      log.error({ code: error.code, remedy: error.remedy }, error.message);
    },
  });
}
