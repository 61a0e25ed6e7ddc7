/**
 * One pass at a time in a --root, whoever does it: a second git-sync on the volume, perhaps in another Pod, waits for the
 * end of the first one's. flock(1) takes the lock, on a file that this process has opened. The lock belongs to the open
 * file, so the kernel gives it back when we close that or are killed: unlike git's own, none is ever left behind.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '@pod-patterns/runtime/errors.ts';
import type { Logger } from '@pod-patterns/runtime/logger.ts';
import { rootUnusable } from './prepare-layout.ts';

export interface RootLockOptions {
  readonly root: string;
  /** The environment to take PATH from. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly log: Logger;
}

/** The descriptor that the file has in flock(1). */
const DESCRIPTOR = 3;

/**
 * Does the work while the lock is ours; where files cannot be locked, without. Rejects with an AppError: `ROOT_IN_USE` if
 * the deadline of the signal comes first, `ROOT_UNUSABLE` if we may not write there.
 */
export async function withRootLock<T>(
  { root, environment, log }: RootLockOptions,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  // It may have been deleted; the pass makes all that belongs below it.
  await mkdir(root, { recursive: true });
  await using file = await open(join(root, '.git-sync-lock'), 'a').catch((error: NodeJS.ErrnoException) => {
    throw /^(EACCES|EPERM|EROFS)$/.test(error.code ?? '') ? rootUnusable(root, '--root', error) : error;
  });
  try {
    const child = spawn('flock', [String(DESCRIPTOR)], {
      env: { PATH: environment['PATH'] },
      stdio: ['ignore', 'ignore', 'ignore', file.fd],
      signal,
      killSignal: 'SIGKILL',
    });
    const [code] = await once(child, 'exit');
    if (code !== 0) log.debug({ root, code }, 'the volume has no locks');
  } catch (error) {
    if (signal.aborted) throw explainAbort(root, signal.reason);
    log.debug({ err: error, root }, 'there is no flock to lock the volume with');
  }
  return await work();
}

function explainAbort(root: string, reason: unknown): unknown {
  if (!(reason instanceof DOMException) || reason.name !== 'TimeoutError') return reason;
  return new AppError(
    'ROOT_IN_USE',
    `another git-sync has been at work in ${root} all the time`,
    'Give each git-sync a --root of its own, or see what takes the other one so long.',
    { cause: reason },
  );
}
