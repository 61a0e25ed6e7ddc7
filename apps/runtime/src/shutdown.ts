/**
 * Ending on SIGTERM and SIGINT: the first one starts an orderly end, a second one ends at once.
 */
import type { Logger } from './logger.ts';

export interface ShutdownOptions {
  readonly log: Logger;
  /** Stops taking work, finishes what is in flight, then resolves. */
  readonly close: () => Promise<void>;
  /** After this the process ends even if `close` has not; it must fit the Pod's grace period. */
  readonly timeoutMs: number;
}

/** Installs the handlers. Exits 0 after an orderly end, 1 if it failed or took too long, 128 + n on the second signal. */
export function exitOnSignals({ log, close, timeoutMs }: ShutdownOptions): void {
  let isClosing = false;
  const onSignal = (signal: NodeJS.Signals, number: number) => {
    if (isClosing) process.exit(128 + number);
    isClosing = true;
    log.info({ signal }, 'shutting down');
    const timer = setTimeout(() => {
      log.error({ timeout_ms: timeoutMs }, 'shutdown took too long, ending now');
      process.exit(1);
    }, timeoutMs);
    timer.unref();
    close().then(
      () => {
        log.info('shut down');
        process.exit(0);
      },
      (error: unknown) => {
        log.error({ err: error }, 'shutdown failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}
