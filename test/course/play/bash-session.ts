/** One bash that runs a lesson's blocks one after the other, as a terminal does: variables and folder stay. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

export interface BlockRun {
  readonly exitCode: number;
  /** Commands before the end that failed, as `line 2: kubectl get pod (1)`; none of what `||` or `if` look at. */
  readonly failures: readonly string[];
  /** What was written to stdout and stderr, together. */
  readonly output: string;
}

export interface BashSession extends AsyncDisposable {
  /** Throws if the block has not ended in time, or has ended the shell. */
  run(script: string, timeoutMs: number): Promise<BlockRun>;
}

/** `head` ends before its input does: no failure, though pipefail makes it one. */
const ENDED_BY_PIPE = 141;

export async function startBash(cwd: string): Promise<BashSession> {
  const folder = await mkdtemp(join(tmpdir(), 'lesson-'));
  const [script, output] = [join(folder, 'block'), join(folder, 'output')];
  const child = spawn('bash', ['--noprofile', '--norc'], {
    cwd,
    // A process group of its own, so that what a block has left behind ends with it.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore', 'pipe'],
  });
  const [stdin, , , reportPipe] = child.stdio as unknown as [Writable, null, null, Readable];
  stdin.on('error', () => undefined);
  const reports = createInterface({ input: reportPipe });
  const answers = reports[Symbol.asyncIterator]();
  stdin.write(`set -o pipefail; trap '__failures+=("line $LINENO: $BASH_COMMAND ($?)")' ERR\n`);

  return {
    async run(text, timeoutMs) {
      await writeFile(script, text);
      stdin.write(
        `__failures=(); { source ${script}; } > ${output} 2>&1 < /dev/null; ` +
          `__status=$?; printf '%s\\0' "$__status" "\${__failures[@]}" | base64 -w0 >&3; echo >&3\n`,
      );
      const { value, done } = await within(answers.next(), timeoutMs, () => readFile(output, 'utf8'));
      if (done === true)
        throw new Error(`the block has ended the shell; it printed:\n${await readFile(output, 'utf8')}`);
      const [status, ...failures] = Buffer.from(value, 'base64').toString().split('\0').slice(0, -1);
      const exitCode = Number(status) === ENDED_BY_PIPE ? 0 : Number(status);
      return {
        exitCode,
        failures: failures.filter((failure) => !failure.endsWith(`(${ENDED_BY_PIPE})`)),
        output: await readFile(output, 'utf8'),
      };
    },
    async [Symbol.asyncDispose]() {
      reports.close();
      if (child.pid !== undefined) {
        try {
          process.kill(-child.pid, 'SIGKILL');
        } catch {
          // It has ended by itself.
        }
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function within<Result>(
  work: Promise<Result>,
  timeoutMs: number,
  printed: () => Promise<string>,
): Promise<Result> {
  const { promise, resolve } = Promise.withResolvers<'late'>();
  const timer = setTimeout(() => resolve('late'), timeoutMs);
  try {
    const result = await Promise.race([work, promise]);
    if (result !== 'late') return result;
    throw new Error(`no end after ${timeoutMs / 1_000} s; until then it printed:\n${await printed()}`);
  } finally {
    clearTimeout(timer);
  }
}
