/**
 * The machine the scripts run on: its environment, the folder the kit keeps things in, and a way to start programs
 * that ends with the run, says what failed and shows the end of what was printed.
 */
import { execa } from 'execa';
import { AppError } from '../../apps/runtime/src/errors.ts';
import { cacheFolder } from './cache-folder.ts';

export interface RunOptions {
  readonly cwd?: string;
  /** Added to the environment of the program. */
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** After this many milliseconds the program is stopped and the run counts as failed. */
  readonly timeoutMs?: number;
  /** Called with each line that the program prints, for progress. */
  readonly onLine?: (line: string) => void;
}

export interface RunResult {
  /** Exit code; undefined when the program does not exist or was ended by a signal. */
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** The program was not found on the PATH. */
  readonly isMissing: boolean;
}

export interface Host {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The kit's cache folder. */
  readonly cache: string;
  /** Aborted when the user interrupts; every program that is running then is ended. */
  readonly signal: AbortSignal;
  /** Runs a program to its end and returns what it printed; throws COMMAND_FAILED, or DISK_FULL, when it does not exit with 0. */
  run(program: string, args: readonly string[], options?: RunOptions): Promise<string>;
  /** As `run`, but a failure is a result like any other. */
  attempt(program: string, args: readonly string[], options?: RunOptions): Promise<RunResult>;
  /** The same host with one more folder on the PATH: before all others, or for what no other has. */
  withPath(folder: string, place: 'first' | 'last'): Host;
}

export function createHost(env: NodeJS.ProcessEnv, signal: AbortSignal): Host {
  const attempt: Host['attempt'] = async (program, args, options = {}) => {
    const child = execa(program, args, {
      env: { ...env, ...options.env },
      extendEnv: false,
      reject: false,
      all: true,
      cancelSignal: signal,
      stdin: options.input === undefined ? 'ignore' : 'pipe',
      ...(options.input === undefined ? {} : { input: options.input }),
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs }),
    });
    if (options.onLine !== undefined) {
      for await (const line of child.iterable({ from: 'all' })) options.onLine(line);
    }
    const result = await child;
    signal.throwIfAborted();
    return {
      exitCode: result.exitCode,
      stdout: result.stdout,
      stderr: result.timedOut ? `${result.stderr}\nno end after ${options.timeoutMs} ms` : result.stderr,
      isMissing: result.code === 'ENOENT',
    };
  };

  return {
    env,
    cache: cacheFolder(env),
    signal,
    attempt,
    async run(program, args, options) {
      const result = await attempt(program, args, options);
      if (result.exitCode !== 0) throw commandFailed(program, args, result);
      return result.stdout;
    },
    withPath(folder, place) {
      const path = env['PATH'] ?? '';
      return createHost({ ...env, PATH: place === 'first' ? `${folder}:${path}` : `${path}:${folder}` }, signal);
    },
  };
}

const SHOWN_LINES = 40;

function commandFailed(program: string, args: readonly string[], result: RunResult): AppError {
  const outcome = result.isMissing ? 'is not on the PATH' : `ended with ${result.exitCode ?? 'a signal'}`;
  const output = `${result.stdout}\n${result.stderr}`.trim().split('\n').slice(-SHOWN_LINES).join('\n');
  const message = `${program} ${args.join(' ')} ${outcome}:\n${output}`;
  if (/no space left on device/i.test(output)) {
    return new AppError('DISK_FULL', message, 'Make room (docker system prune), then run the same command again.');
  }
  return new AppError(
    'COMMAND_FAILED',
    message,
    'Read the lines above; running the same command again continues where it stopped.',
  );
}
