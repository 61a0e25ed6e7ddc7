/** Runs a program of the user's in a tree: the hooks. It gets a process group, so that all of it can be ended. */
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, describeError } from '@pod-patterns/runtime/errors.ts';

export interface CommandOptions {
  /** A program in PATH or a path, absolute or below `cwd`; it gets no arguments, and no shell is involved. */
  readonly command: string;
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

const GRACE_MS = 500;
const DRAIN_MS = 100;
const MAX_OUTPUT_CHARACTERS = 600;

/**
 * Resolves to what it wrote (the end of it) if it ends with 0. Otherwise rejects with an AppError `HOOK_FAILED`, which
 * holds that too; after `timeoutMs`, or when the signal aborts, with all it has started ended.
 */
export async function runCommand(options: CommandOptions): Promise<string> {
  const { command, cwd, environment, timeoutMs, signal } = options;
  signal.throwIfAborted();
  const limited = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const child = spawn(command, { cwd, env: environment, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output = (output + text).slice(-MAX_OUTPUT_CHARACTERS)));
  }
  const { promise: ended, resolve, reject } = Promise.withResolvers<number | string>();
  const { promise: closed, resolve: onClose } = Promise.withResolvers<void>();
  child.on('error', reject).on('close', onClose);
  child.on('exit', (code, killer) => resolve(code ?? killer ?? 'unknown'));
  const onAbort = () => void endGroup(child.pid, ended);
  limited.addEventListener('abort', onAbort, { once: true });
  const end = await ended.catch((error: unknown) => describeError(error));
  limited.removeEventListener('abort', onAbort);
  // What it has left running may hold the pipes open for ever.
  await Promise.race([closed, sleep(DRAIN_MS, undefined, { ref: false })]);
  for (const stream of [child.stdout, child.stderr]) stream.destroy();
  if (end === 0 && !limited.aborted) return output.trim();
  signal.throwIfAborted();
  const reason = limited.aborted ? `did not end within ${timeoutMs / 1_000}s` : `ended with ${end}`;
  const said = output.trim() === '' ? '' : `: ${output.trim()}`;
  throw new AppError('HOOK_FAILED', `${command} ${reason}${said}`, 'See what it wrote; run it by hand in the tree.');
}

async function endGroup(pid: number | undefined, ended: Promise<unknown>): Promise<void> {
  if (pid === undefined) return;
  kill(-pid, 'SIGTERM');
  await Promise.race([ended, sleep(GRACE_MS)]).catch(() => undefined);
  kill(-pid, 'SIGKILL');
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // All of them have ended.
  }
}
