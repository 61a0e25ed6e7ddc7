/**
 * Tells another container's program that something has changed for it. kill(2) needs the same UID and no capability, and a shared
 * process namespace to find the program in.
 */
import { readFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from './errors.ts';
import { findProcesses, isStill, type FoundProcess, type ProcessPattern } from './find-process.ts';

export interface SignalOptions {
  readonly pattern: ProcessPattern;
  readonly signal: NodeJS.Signals;
  /** Who sends it, for messages. */
  readonly sender: string;
  readonly ownPid: number;
  /** How long to wait for a program that has just started to be able to take the signal. */
  readonly patienceMs: number;
  readonly abort: AbortSignal;
}

export interface SignalResult {
  /** The process that got it; undefined if there is none. */
  readonly pid: number | undefined;
  /** Others that fit the pattern, and did not get it. */
  readonly otherPids: readonly number[];
}

const POLL_MS = 50;
/** Whoever asks for one of these wants the program to end or to stop. */
const DELIBERATE: ReadonlySet<string> = new Set(['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGABRT', 'SIGKILL', 'SIGSTOP']);

/**
 * Sends the signal once, to the oldest process that fits the pattern. Throws an AppError `SIGNAL_DENIED` if it belongs to another
 * user, and `SIGNAL_UNHANDLED` if it has no handler and would be ended by it: SIGHUP does that to a server which is still
 * starting, so that is waited for.
 */
export async function signalProcess(options: SignalOptions): Promise<SignalResult> {
  const { pattern, signal, sender, ownPid, patienceMs, abort } = options;
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const [found, ...others] = await findProcesses(pattern, ownPid);
    if (found === undefined) return { pid: undefined, otherPids: [] };
    if (DELIBERATE.has(signal) || (await isHandled(found.pid, signal))) {
      // The PID may have passed to another process since it was found.
      if ((await isStill(found, pattern)) && (await send(found, { pattern, signal, sender }))) {
        return { pid: found.pid, otherPids: others.map(({ pid }) => pid) };
      }
    } else if (performance.now() > deadline) {
      throw new AppError(
        'SIGNAL_UNHANDLED',
        `${describePattern(pattern)} (PID ${found.pid}) has no handler for ${signal}, which would end it; it was not sent`,
        'Send one that it handles, or SIGTERM if it is to be restarted.',
      );
    }
    await sleep(POLL_MS, undefined, { signal: abort });
  }
}

/** The pattern as a log or an error names it. */
export function describePattern({ name, argv }: ProcessPattern): string {
  return [name, argv?.toString()].filter((part) => part !== undefined).join(' ');
}

/** Resolves to false if the process has just ended. */
async function send(
  { pid }: FoundProcess,
  { pattern, signal, sender }: Pick<SignalOptions, 'pattern' | 'signal' | 'sender'>,
): Promise<boolean> {
  try {
    process.kill(pid, signal);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ESRCH') return false;
    if (code !== 'EPERM') throw error;
    const owner = /^Uid:\t(\d+)/m.exec(await readStatus(pid))?.[1] ?? 'unknown';
    throw new AppError(
      'SIGNAL_DENIED',
      `${describePattern(pattern)} (PID ${pid}) runs as UID ${owner} and ${sender} as UID ${process.geteuid?.()}, which may not signal it`,
      'Give both containers the same runAsUser.',
      { cause: error },
    );
  }
}

/** Whether the process catches or ignores the signal: proc_pid_status(5), SigCgt and SigIgn. */
async function isHandled(pid: number, signal: NodeJS.Signals): Promise<boolean> {
  const bit = 1n << BigInt(constants.signals[signal] - 1);
  const masks = [...(await readStatus(pid)).matchAll(/^Sig(?:Cgt|Ign):\t([0-9a-f]+)$/gm)];
  return masks.some(([, mask]) => (BigInt(`0x${mask}`) & bit) !== 0n);
}

async function readStatus(pid: number): Promise<string> {
  return await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
}
