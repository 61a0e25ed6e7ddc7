/** For the tests: a folder of its own for each, the adapter as a process, and what it said. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { onTestFinished, vi } from 'vitest';

/** A line of the adapter's output. */
export type OutputLine = Record<string, unknown>;

export interface Workspace {
  readonly folder: string;
  /** The folder of the log, and the log in it, which is not there yet. */
  readonly logFolder: string;
  readonly logFile: string;
  readonly stateDir: string;
  readonly configFile: string;
}

/** A folder with a configuration for `app.log`; `input` is added to the configuration of the log. */
export async function createWorkspace(input: Readonly<Record<string, unknown>> = {}): Promise<Workspace> {
  const folder = await mkdtemp(join(tmpdir(), 'log-adapter-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const logFolder = join(folder, 'log');
  await mkdir(logFolder);
  const workspace = {
    folder,
    logFolder,
    logFile: join(logFolder, 'app.log'),
    stateDir: join(folder, 'state'),
    configFile: join(folder, 'log-adapter.yaml'),
  };
  await writeConfig(workspace, input);
  return workspace;
}

/** JSON is YAML, too. `more` stands beside the input. */
export async function writeConfig(
  workspace: Workspace,
  input: Readonly<Record<string, unknown>>,
  more: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const { configFile, logFile, stateDir } = workspace;
  const isOther = 'paths' in input || 'stdin' in input || 'fifo' in input;
  const source = isOther ? {} : { path: logFile };
  const config = { inputs: [{ ...source, service: 'app', ...input }], stateDir, ops: { port: 0 }, ...more };
  await writeFile(configFile, JSON.stringify(config));
}

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the program to its end. */
export function runAdapter(...args: string[]): Promise<Outcome> & { readonly child: ChildProcess } {
  const main = new URL('main.ts', import.meta.url).pathname;
  const running = promisify(execFile)(process.execPath, [main, ...args], { timeout: 20_000 });
  const outcome = running.then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: unknown) => error as Outcome,
  );
  return Object.assign(outcome, { child: running.child });
}

/** As in the Dockerfile. */
const HEAP_LIMITS = ['--max-old-space-size=64', '--max-semi-space-size=8'];

interface ProcessOptions {
  readonly isPaused?: boolean;
  readonly isForOneTest?: boolean;
  readonly stdin?: 'ignore' | 'pipe';
}

/** The adapter as a process, with the limits of its container. */
export class AdapterProcess {
  /** What it wrote, each line parsed: the events of the log, and what it says of itself. */
  readonly events: OutputLine[] = [];
  readonly diagnostics: OutputLine[] = [];
  readonly child: ChildProcess;
  readonly #exited: Promise<unknown>;
  readonly #read: Promise<unknown>;

  /** With `isPaused`, nothing is read of its output until `resume`. It is killed after the test it was started in. */
  constructor(configFile: string, { isPaused = false, isForOneTest = true, stdin = 'ignore' }: ProcessOptions = {}) {
    const main = new URL('main.ts', import.meta.url).pathname;
    this.child = spawn(process.execPath, [...HEAP_LIMITS, main, '--config', configFile], {
      stdio: [stdin, 'pipe', 'inherit'],
    });
    this.#exited = once(this.child, 'exit');
    const { promise, resolve } = Promise.withResolvers<unknown>();
    this.#read = promise;
    this.resume = () => {
      this.child.stdout?.removeAllListeners('readable');
      const reader = createInterface({ input: this.child.stdout as Readable, crlfDelay: Infinity });
      reader.on('line', (line) => this.#take(line)).on('close', () => resolve(undefined));
    };
    if (!isPaused) this.resume();
    // Somebody has to listen, or Node throws away what is in the pipe when the process ends.
    else this.child.stdout?.on('readable', () => undefined);
    if (isForOneTest) onTestFinished(() => void this.child.kill('SIGKILL'));
  }

  /** Begins to read its output. */
  readonly resume: () => void;

  get messages(): string[] {
    return this.events.map(({ msg }) => String(msg));
  }

  said(msg: string): OutputLine | undefined {
    return this.diagnostics.find((line) => line['msg'] === msg);
  }

  /** Resolves when it follows the log; rejects if it does not come to that. */
  async started(): Promise<this> {
    await until(() => this.said('started') !== undefined, 'it has started');
    return this;
  }

  /** Resolves when so many events came. */
  async hasEvents(count: number): Promise<void> {
    await until(
      () => this.events.length >= count,
      () => `${this.events.length} events are ${count}`,
    );
  }

  async get(path: string): Promise<{ readonly status: number; readonly body: string }> {
    const response = await fetch(`http://127.0.0.1:${String(this.said('started')?.['ops_port'])}${path}`);
    return { status: response.status, body: await response.text() };
  }

  /** The value of a metric without regard to its labels; the sum if there are several. */
  async metric(name: string): Promise<number> {
    const { body } = await this.get('/metrics');
    const lines = body.split('\n').filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
    if (lines.length === 0) throw new Error(`no metric ${name} in:\n${body}`);
    return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  }

  /** Ends it with a signal; resolves to its exit code, or the signal, when its output was read to the end. */
  async end(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<number | string | null> {
    this.child.kill(signal);
    return this.exited();
  }

  async exited(): Promise<number | string | null> {
    await this.#exited;
    await this.#read;
    return this.child.exitCode ?? this.child.signalCode;
  }

  #take(text: string): void {
    let line: OutputLine;
    try {
      line = JSON.parse(text) as OutputLine;
    } catch {
      // Half a line, when it was killed in the middle: the next run writes the event again.
      if (this.child.killed) return;
      throw new Error(`not JSON: ${text}`);
    }
    (line['service'] === 'log-adapter' ? this.diagnostics : this.events).push(line);
  }
}

/** Resolves when the condition holds; rejects after a while, naming it. */
export async function until(condition: () => boolean | Promise<boolean>, what: string | (() => string)): Promise<void> {
  const check = async (): Promise<void> => {
    if (!(await condition())) throw new Error(`still not so: ${typeof what === 'string' ? what : what()}`);
  };
  await vi.waitFor(check, { timeout: 25_000, interval: 20 });
}

/** What became of the lines that were written: how many went wrong in which way, and the first of each. */
export function compare(found: readonly unknown[], written: readonly string[]) {
  const counts = new Map<unknown, number>();
  for (const line of found) counts.set(line, (counts.get(line) ?? 0) + 1);
  const known = new Set<unknown>(written);
  return {
    lost: brief(written.filter((line) => !counts.has(line))),
    repeated: brief(Array.from(counts).flatMap(([line, count]) => (count > 1 ? [line] : []))),
    unknown: brief(found.filter((line) => !known.has(line))),
    outOfOrder: brief(found.filter((line, index) => line !== written[index])),
  };
}

function brief(lines: readonly unknown[]): unknown[] {
  return lines.length > 3 ? [`${lines.length} lines`, ...lines.slice(0, 3)] : [...lines];
}

/** As it has to be. */
export const COMPLETE = { lost: [], repeated: [], unknown: [], outOfOrder: [] };

/** The same numbers in every run (Park and Miller's generator). */
export function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}
