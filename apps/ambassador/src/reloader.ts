/** Takes new texts of the configuration file one after the other, and remembers how the last one went. */
import { AppError, describeError } from '@pod-patterns/runtime/errors.ts';
import type { Logger } from '@pod-patterns/runtime/logger.ts';
import type { Config } from './config.ts';
import type { Metrics } from './metrics.ts';

export interface Reloader {
  /** Applies a valid configuration after those that were given before it; never rejects. */
  load(config: Config, text: string): Promise<void>;
  /** Notes a file that cannot be used. */
  reject(error: AppError): void;
  /** `ok`, or why the last change of the file was refused. */
  describe(): string;
}

export interface ReloaderOptions {
  readonly log: Logger;
  readonly metrics: Pick<Metrics, 'reloads' | 'lastReloadSuccessful'>;
  readonly apply: (config: Config) => Promise<void>;
  /** The text that is in use. */
  readonly initialText: string;
}

export function createReloader({ log, metrics, apply, initialText }: ReloaderOptions): Reloader {
  let textInUse = initialText;
  let failure: AppError | undefined;
  let queue = Promise.resolve();

  const reject = (error: AppError) => {
    failure = error;
    metrics.reloads.inc({ result: 'failure' });
    metrics.lastReloadSuccessful.set(0);
    log.error({ code: error.code, remedy: error.remedy }, `configuration not changed: ${error.message}`);
  };

  const load = async (config: Config, text: string) => {
    // The same file may be seen twice, by the watcher and on SIGHUP.
    if (text === textInUse && failure === undefined) return;
    try {
      await apply(config);
    } catch (error) {
      reject(
        error instanceof AppError ? error : new AppError('RELOAD_FAILED', describeError(error), 'Report this bug.'),
      );
      return;
    }
    textInUse = text;
    failure = undefined;
    metrics.reloads.inc({ result: 'success' });
    metrics.lastReloadSuccessful.set(1);
    log.info('configuration changed');
  };

  return {
    async load(config, text) {
      queue = queue.then(() => load(config, text));
      await queue;
    },
    reject,
    describe() {
      if (failure === undefined) return 'ok';
      return `the last change was refused and the configuration before it is in use: ${toOneLine(failure.message)}`;
    },
  };
}

function toOneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ');
}
