/** Pass after pass until the program ends: how long to wait, when to give up, what to report. */
import { AppError, describeError } from '@pod-patterns/runtime/errors.ts';
import type { Logger } from '@pod-patterns/runtime/logger.ts';
import type { Alarm } from './alarm.ts';
import type { Announcer } from './announcer.ts';
import { backoffMs } from './backoff.ts';
import type { Config } from './config.ts';
import type { Metrics } from './metrics.ts';
import { PublishRefused } from './publish-refused.ts';
import type { Readiness } from './readiness.ts';
import { isFullHash } from './ref-name.ts';
import { removeErrorFile, writeErrorFile } from './status-files.ts';
import type { Sync, SyncResult } from './syncer.ts';

export interface SyncLoopOptions {
  readonly config: Config;
  readonly sync: Sync;
  readonly announcer: Announcer;
  readonly alarm: Alarm;
  readonly readiness: Readiness;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly shutdown: AbortSignal;
  /** A clock that is never set back, in milliseconds. */
  readonly clockMs: () => number;
  readonly now: () => Date;
  readonly random: () => number;
}

/**
 * Resolves after the one pass of --one-time or when `shutdown` aborts; rejects with `TOO_MANY_FAILURES`, and after the
 * one pass with `HOOK_FAILED`.
 */
export async function runSyncLoop(options: SyncLoopOptions): Promise<void> {
  const { config, alarm, metrics, readiness, log, shutdown, clockMs } = options;
  let isFirst = true;
  /** What the last good pass has published or found; another git-sync on the volume may have moved the link since. */
  let knownHash: string | undefined;
  let failures = 0;

  async function tell({ hash, previousHash: foundHash }: SyncResult, durationMs: number): Promise<void> {
    const previousHash = knownHash ?? foundHash;
    knownHash = hash;
    const hasMoved = hash !== previousHash;
    readiness.recordSuccess();
    metrics.setPublished(hash, options.now());
    metrics.countSync(hasMoved || isFirst ? 'success' : 'noop', durationMs / 1_000);
    const fields = { hash, previous_hash: previousHash, duration_ms: Math.round(durationMs) };
    if (hasMoved) log.info(fields, 'published');
    else if (isFirst || failures > 0) log.info(fields, 'up to date');
    else log.debug(fields, 'up to date');
    await options.announcer.afterSync({ hash, previousHash }, isFirst, shutdown);
    if (config.errorFile !== undefined) await removeErrorFile(config.errorFile).catch(logFileError(log));
  }

  while (!shutdown.aborted) {
    const startMs = clockMs();
    let waitMs = config.periodMs;
    try {
      await withDeadline(config.syncTimeoutMs, shutdown, async (signal) => {
        await options.sync(signal, async (result) => await tell(result, clockMs() - startMs));
      });
      isFirst = false;
      failures = 0;
      if (config.isOneTime) break;
      // It can never be another commit, so there is nothing to ask for.
      if (isFullHash(config.ref)) waitMs = Number.POSITIVE_INFINITY;
    } catch (error) {
      if (shutdown.aborted) return;
      failures += 1;
      metrics.countSync('error', (clockMs() - startMs) / 1_000);
      metrics.countFailure(codeOf(error));
      const maxFailures = isFirst ? config.initMaxFailures : config.maxFailures;
      const isLast = maxFailures >= 0 && failures >= maxFailures;
      const leastMs = error instanceof PublishRefused ? (config.prePublish?.backoffMs ?? 0) : 0;
      const baseMs = Math.max(leastMs, isFirst ? config.initPeriodMs : config.periodMs);
      // Before the first success somebody waits for us, so the wait does not grow.
      waitMs = backoffMs({ baseMs, failures: isFirst ? 1 : failures, random: options.random });
      await report(options, error, failures, isLast ? undefined : waitMs);
      if (isLast) throw tooManyFailures(failures, error);
    }
    await waitFor(waitMs, alarm, shutdown);
  }
  if (config.isOneTime && !(await options.announcer.settled()) && !shutdown.aborted) {
    throw new AppError('HOOK_FAILED', 'a hook has failed', 'See the line of the log before this one.');
  }
}

async function waitFor(waitMs: number, alarm: Alarm, shutdown: AbortSignal): Promise<void> {
  do await alarm.sleep(waitMs, shutdown);
  while (waitMs === Number.POSITIVE_INFINITY && !shutdown.aborted);
}

/** Gives `run` a signal that aborts at the deadline or with `shutdown`. */
async function withDeadline<T>(
  timeoutMs: number,
  shutdown: AbortSignal,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const pass = new AbortController();
  const end = () => pass.abort(shutdown.reason);
  const timer = setTimeout(() => pass.abort(new DOMException('the deadline has passed', 'TimeoutError')), timeoutMs);
  shutdown.addEventListener('abort', end, { once: true });
  try {
    return await run(pass.signal);
  } catch (error) {
    if (error !== pass.signal.reason || shutdown.aborted) throw error;
    const reason = `the sync did not end within ${timeoutMs / 1_000}s`;
    throw new AppError('SYNC_TIMEOUT', reason, 'Raise --sync-timeout, or see what takes so long.', { cause: error });
  } finally {
    clearTimeout(timer);
    shutdown.removeEventListener('abort', end);
  }
}

async function report(
  { config, log }: SyncLoopOptions,
  error: unknown,
  failures: number,
  retryInMs: number | undefined,
): Promise<void> {
  const known = error instanceof AppError ? { remedy: error.remedy } : {};
  const details = {
    code: codeOf(error),
    ...known,
    failures,
    ...(retryInMs === undefined ? {} : { retry_in_ms: Math.round(retryInMs) }),
  };
  const reason = describeError(error instanceof AppError ? error.message : error);
  const message = retryInMs === undefined ? 'sync failed, giving up' : 'sync failed, will try again';
  log.error({ ...details, reason }, message);
  if (config.errorFile === undefined) return;
  await writeErrorFile(config.errorFile, { message, error: reason, details }).catch(logFileError(log));
}

/** The code of an AppError; a full disk may also be met by ourselves, and not by git. */
function codeOf(error: unknown): string {
  if (error instanceof AppError) return error.code;
  const { code = '' } = (error ?? {}) as NodeJS.ErrnoException;
  return code === 'ENOSPC' || code === 'EDQUOT' ? 'DISK_FULL' : 'OTHER';
}

function logFileError(log: Logger): (error: unknown) => void {
  return (error) => log.error({ err: error }, 'could not write the error-file');
}

function tooManyFailures(failures: number, cause: unknown): AppError {
  return new AppError(
    'TOO_MANY_FAILURES',
    `${failures} ${failures === 1 ? 'sync has' : 'syncs have'} failed in a row`,
    'Correct what the last error names; --max-failures=-1 would go on trying.',
    { cause },
  );
}
