/** The entry point: does what the command line says, and turns what it comes to into exit codes. */
import { parseConfig, readText } from '@pod-patterns/runtime/config-file.ts';
import { AppError, describeError } from '@pod-patterns/runtime/errors.ts';
import { createLogger } from '@pod-patterns/runtime/logger.ts';
import { exitOnSignals } from '@pod-patterns/runtime/shutdown.ts';
import { HELP, parseCommand, type Command } from './cli.ts';
import { createConfigJsonSchema } from './config-json-schema.ts';
import { summarise } from './config-view.ts';
import { MAX_DURATION_MS } from './config-values.ts';
import { configSchema } from './config.ts';
import { createLineBatch } from './line-batch.ts';
import { serve } from './serve.ts';

const log = createLogger({ service: 'ambassador', destination: createLineBatch(1) });

async function validate(path: string): Promise<void> {
  try {
    const config = parseConfig(path, await readText(path), configSchema);
    process.stdout.write(`${path} is valid:\n${summarise(config)}`);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    process.stderr.write(`${error.message}\n${error.remedy}\n`);
    process.exitCode = 1;
  }
}

async function start(configPath: string): Promise<void> {
  process.on('uncaughtException', exitWith);
  const starting = serve(configPath, { log, now: () => performance.now(), clock: () => new Date() });
  // From the first moment on, because without a listener SIGHUP ends the process.
  process.on('SIGHUP', () => void starting.then((service) => service.reload()));
  const service = await starting.catch(exitWith);
  // The drain limits itself, to what the configuration says by then.
  exitOnSignals({ log, close: () => service.close(), timeoutMs: MAX_DURATION_MS });
  // The start leaves some 4 MiB behind that V8 would keep, since an idle program never makes it look. The image has the
  // flag that makes this possible.
  globalThis.gc?.({ type: 'major', flavor: 'last-resort' });
}

async function run(command: Command): Promise<void> {
  switch (command.kind) {
    case 'help':
      process.stdout.write(HELP);
      return;
    case 'schema':
      process.stdout.write(`${JSON.stringify(createConfigJsonSchema(), null, 2)}\n`);
      return;
    case 'validate':
      await validate(command.configPath);
      return;
    case 'run':
      await start(command.configPath);
  }
}

function parseCommandOrExit(args: readonly string[]): Command {
  try {
    return parseCommand(args);
  } catch (error) {
    process.stderr.write(`ambassador: ${describeError(error)}\n${(error as AppError).remedy}\n`);
    return process.exit(2);
  }
}

function exitWith(error: unknown): never {
  if (error instanceof AppError) log.fatal({ code: error.code, remedy: error.remedy }, error.message);
  else log.fatal({ err: error }, 'unexpected error');
  process.exit(1);
}

void run(parseCommandOrExit(process.argv.slice(2)));
