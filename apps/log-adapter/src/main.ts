/**
 * log-adapter: makes one stream of JSON events out of the logs of programs that write as they please.
 */
import { pipeline } from 'node:stream/promises';
import { AppError, describeError } from '@pod-patterns/runtime/errors.ts';
import { followConfigFile, parseConfig, readConfigFile, readText } from '@pod-patterns/runtime/config-file.ts';
import { createLogger } from '@pod-patterns/runtime/logger.ts';
import { startOpsServer } from '@pod-patterns/runtime/ops-server.ts';
import { exitOnSignals } from '@pod-patterns/runtime/shutdown.ts';
import { Registry } from 'prom-client';
import { Adapter } from './adapter.ts';
import { loadCheckpoint, openCheckpointStore } from './checkpoint.ts';
import { parseCommandLine, USAGE, type Command } from './cli.ts';
import { AdapterConfigSchema } from './config.ts';
import { DerivedMetrics } from './derived-metrics.ts';
import { followEnrichment, readEnrichment } from './enrichment.ts';
import { explain } from './explain.ts';
import { configJsonSchema } from './json-schema.ts';
import { createMetrics } from './metrics.ts';
import { openOutput } from './output.ts';
import { createSink } from './sink.ts';
import { createSteadyDate } from './steady-date.ts';
import { Transforms } from './transform.ts';

const SHUTDOWN_TIMEOUT_MS = 5_000;
const FLUSH_TIMEOUT_MS = 1_000;

const command = parseCommandLine(process.argv.slice(2));
switch (command.command) {
  case 'run':
    void run(command.configFile);
    break;
  case 'validate':
  case 'explain':
    void check(command);
    break;
  case 'schema':
    process.stdout.write(configJsonSchema());
    break;
  case 'help':
    process.stdout.write(USAGE);
    break;
  case 'fault':
    process.stderr.write(`${command.fault}\n\n${USAGE}`);
    process.exitCode = 2;
}

/** Looks at a configuration, and at what it makes of a sample, without following anything. */
async function check(what: Extract<Command, { command: 'validate' | 'explain' }>): Promise<void> {
  try {
    const config = await readConfigFile(what.configFile, AdapterConfigSchema);
    if (what.command === 'validate') {
      process.stdout.write(`${what.configFile} can be used: ${config.inputs.map(({ name }) => name).join(', ')}\n`);
      return;
    }
    const resources = await readEnrichment(config.enrichment, process.env);
    const options = { config, input: what.input, resources, now: Date.now };
    await pipeline(explain(process.stdin, options), process.stdout, { end: false });
  } catch (error) {
    process.stderr.write(`${describeError(error)}\n${error instanceof AppError ? `${error.remedy}\n` : ''}`);
    process.exitCode = 1;
  }
}

async function run(configFile: string): Promise<void> {
  const retries = new Map<string, number>();
  const output = openOutput(process.stdout, (code) => {
    if (!retries.has(code)) process.stderr.write(`log-adapter: stdout takes nothing for now: ${code}\n`);
    retries.set(code, (retries.get(code) ?? 0) + 1);
  });
  const sink = createSink(output, (error) => {
    // Nobody reads us any more. What was not taken is not in the checkpoint: the next run writes it.
    process.stderr.write(`log-adapter: cannot write to stdout: ${error.message}\n`);
    process.exit(1);
  });
  const log = createLogger({ service: 'log-adapter', destination: sink });
  try {
    await start(configFile, sink, log, retries);
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
  retries: ReadonlyMap<string, number>,
): Promise<void> {
  const text = await readText(configFile);
  const config = parseConfig(configFile, text, AdapterConfigSchema);
  const registry = new Registry();
  const metrics = createMetrics(registry, {
    lagBytes: () => adapter.values(({ lagBytes }) => lagBytes),
    lagSeconds: () => adapter.values(({ lagSeconds }) => lagSeconds),
    openFiles: () => adapter.values(({ openFiles }) => openFiles),
    outputRetries: () => retries,
  });
  const derived = new DerivedMetrics(registry, (metric) => metrics.metricOverflows.inc({ metric }));
  derived.use(config.metrics);
  const resources = await readEnrichment(config.enrichment, process.env);
  const transforms = new Transforms({ config, resources, derived });
  let { enrichment } = config;
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
    transforms,
    metrics,
    log,
    now: () => performance.now(),
    date: createSteadyDate(),
    onProgress: (events) => checkpoint.touch(events),
    unsaved: checkpoint,
    stdin: () => process.stdin,
    // The way of every end: what is there is written, how far it went is saved.
    onOver: () => process.kill(process.pid, 'SIGTERM'),
  });
  const use = async (next: typeof config): Promise<void> => {
    ({ enrichment } = next);
    derived.use(next.metrics);
    transforms.use({ config: next, resources: await readEnrichment(enrichment, process.env), derived });
    void adapter.apply(next);
    log.info({ inputs: next.inputs.map(({ name }) => name) }, 'using the new configuration');
  };
  const following = new AbortController();
  let configState = 'ok';
  const opsServer = await startOpsServer({
    port: config.ops.port,
    registry,
    readiness: () => adapter.readiness,
    notes: () => ({ configuration: configState, ...adapter.notes }),
  });
  // Before anything is read: whoever sees a line may end the program.
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

  await adapter.apply(config);
  metrics.configIsGood.set(1);
  log.info({ config: configFile, ops_port: opsServer.port, inputs: config.inputs.map(({ name }) => name) }, 'started');

  void followEnrichment(resources, {
    config: () => enrichment,
    environment: process.env,
    onChange: (changed) => transforms.use({ ...transforms.context, resources: changed }),
    signal: following.signal,
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
      void use(next);
    },
    onError(error) {
      configState = `the one before is in use, because ${error.message}`;
      metrics.configReloads.inc({ result: 'error' });
      metrics.configIsGood.set(0);
      log.error({ code: error.code, remedy: error.remedy }, error.message);
    },
  });
}
