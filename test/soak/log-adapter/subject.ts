/**
 * log-adapter as its image has it, the bundle under the flags of its Dockerfile, in a folder of its own; and what comes
 * out of it. The campaigns know nothing else of it: what goes in is files, what comes out is lines on stdout.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { bundleApp } from '../../../scripts/images/bundle.ts';
import { imageNodeFlags } from '../../support/image-node-flags.ts';
import { memoryBytes } from '../../support/process-memory.ts';
import { root } from '../../support/root.ts';

/** Longer than anything takes that is not stuck. */
const DEADLINE_MS = 300_000;

/** Nothing that is still to come takes so long: the adapter looks at its folder every half second. */
const QUIET_MS = 10_000;

export type OutputLine = Readonly<Record<string, unknown>>;

export interface Subject extends AsyncDisposable {
  readonly folder: string;
  /** The log it follows; not there yet. */
  readonly logFile: string;
  start(options: RunOptions): AdapterRun;
}

export interface RunOptions {
  /** Told each event of the log; what the adapter says of itself is not among them. */
  readonly onEvent: (event: OutputLine, text: string) => void;
  /** Nothing is read of its output until `resume`. */
  readonly isPaused?: boolean;
}

/** With `input` and `rest` added to the configuration of its one log, and to the whole of it. */
export async function createSubject(input: object = {}, rest: object = {}): Promise<Subject> {
  const folder = await mkdtemp(join(tmpdir(), 'pod-patterns-soak-'));
  const logFile = join(folder, 'log', 'app.log');
  const [program, configFile] = [join(folder, 'main.cjs'), join(folder, 'log-adapter.yaml')];
  const config = {
    inputs: [{ path: logFile, service: 'app', ...input }],
    stateDir: join(folder, 'state'),
    ops: { port: 0 },
    ...rest,
  };
  await mkdir(join(folder, 'log'));
  await writeFile(program, (await bundleApp(root, 'log-adapter')).code);
  // JSON is YAML, too.
  await writeFile(configFile, JSON.stringify(config));
  const flags = await imageNodeFlags(root, 'log-adapter');
  return {
    folder,
    logFile,
    start: (options) => new AdapterRun([...flags, program, '--config', configFile], options),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** One life of the adapter. */
export class AdapterRun {
  readonly child: ChildProcess;
  /** Events that came in this life. */
  events = 0;
  /** Lines that are no JSON; the last one, which a kill may cut off, is not looked at. */
  invalidLines = 0;
  readonly #options: RunOptions;
  readonly #closed: Promise<unknown>;
  readonly #errors: Buffer[] = [];
  #rest: Buffer = Buffer.alloc(0);
  #opsPort: number | undefined;

  constructor(args: readonly string[], options: RunOptions) {
    this.#options = options;
    this.child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#closed = once(this.child, 'close');
    this.child.stderr?.on('data', (chunk: Buffer) => this.#errors.push(chunk));
    if (options.isPaused !== true) this.resume();
  }

  resume(): void {
    this.child.stdout?.on('data', (chunk: Buffer) => this.#take(chunk));
  }

  /** Resolves when it follows its log. */
  started(signal: AbortSignal): Promise<void> {
    return this.until('it has started', () => this.#opsPort !== undefined, signal);
  }

  /** Resolves when the condition holds; rejects if it does not come to that, or the adapter ends before. */
  async until(what: string, condition: () => boolean, signal: AbortSignal): Promise<void> {
    const deadlineMs = performance.now() + DEADLINE_MS;
    while (!condition()) {
      signal.throwIfAborted();
      if (this.child.exitCode !== null) {
        throw new Error(`log-adapter ended with ${this.child.exitCode} before ${what}: ${this.errorText}`);
      }
      if (performance.now() > deadlineMs) throw new Error(`waited ${DEADLINE_MS} ms until ${what}`);
      await sleep(2);
    }
  }

  /** Resolves when the condition holds, or when nothing came for a while: it is given up then, and the figures show it. */
  async drained(isComplete: () => boolean, signal: AbortSignal): Promise<void> {
    let [events, changedMs] = [this.events, performance.now()];
    const isQuiet = (): boolean => {
      if (this.events !== events) [events, changedMs] = [this.events, performance.now()];
      return performance.now() - changedMs > QUIET_MS;
    };
    await this.until('everything has come', () => isComplete() || isQuiet(), signal);
  }

  /** Ends it, and resolves when all that it had written was read. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | NodeJS.Signals | null> {
    this.child.kill(signal);
    await this.#closed;
    return this.child.exitCode ?? this.child.signalCode;
  }

  get errorText(): string {
    return Buffer.concat(this.#errors).toString();
  }

  /** The most memory that it has had at any time, as the kernel counts it. */
  get peakRssBytes(): number {
    return memoryBytes(this.child.pid, 'VmHWM');
  }

  #take(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let start = 0;
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
      this.#takeLine(bytes.toString('utf8', start, end));
      start = end + 1;
    }
    this.#rest = bytes.subarray(start);
  }

  #takeLine(text: string): void {
    let line: OutputLine;
    try {
      line = JSON.parse(text) as OutputLine;
    } catch {
      this.invalidLines += 1;
      return;
    }
    if (line['service'] === 'log-adapter') {
      if (line['msg'] === 'started') this.#opsPort = Number(line['ops_port']);
      return;
    }
    this.events += 1;
    this.#options.onEvent(line, text);
  }
}
