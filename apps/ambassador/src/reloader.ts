/** Takes new texts of the configuration file one after the other, and remembers how the last one went. */
import { AppError, describeError } from '@pod-patterns/runtime/errors.ts';
import type { Logger } from '@pod-patterns/runtime/logger.ts';
import type { Config } from './config.ts';
import type { Metrics } from './metrics.ts';

/** What is in use, and what was refused since. */
export interface ReloadState {
  readonly text: string;
  readonly loadedAt: Date;
  /** Undefined if the file as it is now is what is in use. */
  readonly rejected: { readonly error: AppError; readonly at: Date } | undefined;
}

export interface Reloader {
  readonly state: ReloadState;
  /** Applies a valid configuration after all that was given before it; never rejects. */
  load(config: Config, text: string): Promise<void>;
  /** Notes a file that cannot be used, in the same order. */
  reject(error: AppError): Promise<void>;
  /** `ok`, or why the last change of the file was refused. */
  describe(): string;
}

export interface ReloaderOptions {
  readonly log: Logger;
  readonly metrics: Pick<Metrics, 'reloads' | 'lastReloadSuccessful' | 'lastReloadTime'>;
  readonly apply: (config: Config) => Promise<void>;
  /** The text that is in use. */
  readonly initialText: string;
  readonly clock: () => Date;
}

export function createReloader({ log, metrics, apply, initialText, clock }: ReloaderOptions): Reloader {
  let state: ReloadState = { text: initialText, loadedAt: clock(), rejected: undefined };
  let queue = Promise.resolve();

  const reject = (error: AppError) => {
    state = { ...state, rejected: { error, at: clock() } };
    metrics.reloads.inc({ result: 'failure' });
    metrics.lastReloadSuccessful.set(0);
    log.error({ code: error.code, remedy: error.remedy }, `configuration not changed: ${error.message}`);
  };

  const load = async (config: Config, text: string) => {
    const isInUse = text === state.text;
    // The same file may be seen twice, by the watcher and on SIGHUP.
    if (isInUse && state.rejected === undefined) return log.info('configuration is in use already');
    try {
      if (!isInUse) await apply(config);
    } catch (error) {
      return reject(
        error instanceof AppError ? error : new AppError('RELOAD_FAILED', describeError(error), 'Report this bug.'),
      );
    }
    state = { text, loadedAt: isInUse ? state.loadedAt : clock(), rejected: undefined };
    metrics.reloads.inc({ result: 'success' });
    metrics.lastReloadSuccessful.set(1);
    if (!isInUse) metrics.lastReloadTime.setToCurrentTime();
    return log.info(isInUse ? 'configuration file is again what is in use' : 'configuration changed');
  };

  const enqueue = (step: () => Promise<void> | void) => (queue = queue.then(step));
  return {
    get state() {
      return state;
    },
    load: (config, text) => enqueue(() => load(config, text)),
    reject: (error) => enqueue(() => reject(error)),
    describe() {
      if (state.rejected === undefined) return 'ok';
      return `the last change was refused and the configuration before it is in use: ${state.rejected.error.message}`;
    },
  };
}
