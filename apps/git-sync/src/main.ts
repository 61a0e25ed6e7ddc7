#!/usr/bin/env node
/** git-sync: reads the settings and runs; the only file that touches the process itself. */
import { AppError, describeError } from '@pod-patterns/runtime/errors.ts';
import { createLogger } from '@pod-patterns/runtime/logger.ts';
import { exitOnSignals } from '@pod-patterns/runtime/shutdown.ts';
import packageJson from '../package.json' with { type: 'json' };
import { createConfig, errorFilePath } from './config.ts';
import { renderHelp, renderManual } from './help.ts';
import { parseFlags } from './parse-flags.ts';
import { run } from './run.ts';
import { writeErrorFile } from './status-files.ts';

/** Less than two seconds in all, so that the Pod's grace period is left to the main container. */
const SHUTDOWN_TIMEOUT_MS = 1_800;

async function main(): Promise<void> {
  let log = createLogger({ service: 'git-sync' });
  let errorFile: string | undefined;
  try {
    const warnings: string[] = [];
    const flags = parseFlags(process.argv.slice(2), process.env, (message) => warnings.push(message));
    if (flags.help || flags.man || flags.version) {
      process.stdout.write(flags.help ? renderHelp() : `${flags.man ? renderManual() : packageJson.version}\n`);
      return;
    }
    errorFile = errorFilePath(flags);
    const config = createConfig(flags);
    errorFile = undefined;
    log = createLogger({ service: 'git-sync', level: config.logLevel });
    for (const message of warnings) log.warn(message);
    // Readers run as other users than ours, perhaps.
    process.umask(config.isGroupWritable ? 0o002 : 0o022);
    const shutdown = new AbortController();
    const ended = run({
      config,
      version: packageJson.version,
      environment: process.env,
      log,
      shutdown: shutdown.signal,
      onSignal: (signal, listener) => process.on(signal, listener),
      ids: { pid: process.pid, uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 },
    });
    exitOnSignals({
      log,
      timeoutMs: SHUTDOWN_TIMEOUT_MS,
      close: async () => {
        shutdown.abort();
        await ended.catch((error: unknown) => log.debug({ err: error }, 'ended while shutting down'));
      },
    });
    await ended;
  } catch (error) {
    const known = error instanceof AppError ? { code: error.code, remedy: error.remedy } : { err: error };
    const message = error instanceof AppError ? error.message : describeError(error);
    log.fatal(known, message);
    const report = { message: 'cannot start', error: message, details: known };
    if (errorFile !== undefined) await writeErrorFile(errorFile, report).catch(() => undefined);
    // The codes of kubernetes/git-sync: its flag parser ends with 2, everything else with 1.
    process.exitCode = error instanceof AppError && error.code === 'FLAG_INVALID' ? 2 : 1;
  }
}

void main();
