/**
 * A log that is a stream: stdin, or a FIFO in a shared volume. What is taken out of it is nowhere else, so there is no
 * position to keep: what was read but not written is lost if the adapter is killed. While the output is full nothing is
 * taken out of it, and the program that writes to it has to wait.
 */
import type { Readable } from 'node:stream';
import { describeError } from '@pod-patterns/runtime/errors.ts';
import type { InputConfig } from './config.ts';
import { EventAssembler } from './event-assembler.ts';
import { EventOutput } from './event-output.ts';
import { toStreamSettings, type Input, type InputOptions } from './input.ts';
import { LineSplitter } from './line-splitter.ts';
import { START, type EventSource } from './position.ts';

/** Opens the stream: resolves when it can be read, or rejects, and is called again later. */
export type OpenStream = () => Promise<Readable>;

export interface StreamInputOptions extends InputOptions {
  readonly open: OpenStream;
  /** It comes back with another writer, like a FIFO; otherwise its end is the end. */
  readonly isReopened: boolean;
  /** Called when its end has come. */
  readonly onOver: () => void;
}

const RETRY_MS = 500;
/** How long reading may go on after the stop, and how long nothing may come before that is taken for the end. */
const LAST_READ_MS = 2_000;
const LAST_SILENCE_MS = 50;
/** So much is turned to events at once. */
const READ_BYTES = 65_536;

export class StreamInput implements Input {
  readonly name: string;
  readonly positions = [];
  readonly openFiles = 0;
  readonly lagSeconds = 0;
  #config: InputConfig;
  #state = 'ok';
  #isOver = false;
  #stream: Readable | undefined;
  #stopAtMs: number | undefined;
  #wake: (() => void) | undefined;
  readonly #options: StreamInputOptions;
  readonly #output: EventOutput;
  readonly #assembler: EventAssembler;
  readonly #source: EventSource;
  readonly #running: Promise<void>;

  /** Begins at once. */
  constructor(options: StreamInputOptions) {
    const { config } = options;
    this.#options = options;
    this.#config = config;
    this.name = config.name;
    this.#output = new EventOutput(options, () => this.#config);
    this.#assembler = new EventAssembler(toStreamSettings(config));
    this.#source = { logPath: config.name, positionAt: () => START, commit: () => undefined };
    this.#running = this.#run();
  }

  get state(): string {
    return this.#state;
  }

  get isWaiting(): boolean {
    return this.#stream === undefined && !this.#isOver;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  get lagBytes(): number {
    return this.#stream?.readableLength ?? 0;
  }

  reconfigure(config: InputConfig): void {
    this.#config = config;
    this.#assembler.settings = toStreamSettings(config);
  }

  async stop(): Promise<void> {
    this.#stopAtMs ??= this.#options.now() + LAST_READ_MS;
    this.#wake?.();
    await this.#running;
  }

  async #run(): Promise<void> {
    do {
      try {
        this.#stream = await this.#options.open();
        this.#state = 'ok';
        await this.#readToEnd(this.#stream);
      } catch (error) {
        const reason = describeError(error);
        if (reason !== this.#state) this.#options.log.warn({ input: this.name, reason }, 'the log cannot be read');
        this.#state = reason;
        await this.#wait(RETRY_MS);
      }
      this.#stream?.destroy();
      this.#stream = undefined;
    } while (this.#options.isReopened && this.#stopAtMs === undefined);
    this.#isOver = true;
    if (this.#stopAtMs === undefined) this.#options.onOver();
  }

  /** Until the writer has left, or the input is stopped and what was written is read. */
  async #readToEnd(stream: Readable): Promise<void> {
    const { maxEventBytes: maxLineBytes, encoding } = this.#config;
    const splitter = new LineSplitter({ offset: 0, maxLineBytes, encoding });
    const wake = (): void => this.#wake?.();
    for (const event of ['readable', 'end', 'close', 'error']) stream.on(event, wake);
    let lastDataMs = this.#options.now();
    while (!stream.readableEnded && stream.errored === null) {
      await this.#waitForRoom();
      const bytes = this.#isTimeUp() ? null : (stream.read() as Buffer | null);
      const nowMs = this.#options.now();
      if (bytes !== null) {
        lastDataMs = nowMs;
        for (let start = 0; start < bytes.length; start += READ_BYTES) {
          await this.#waitForRoom();
          const lines = splitter.push(bytes.subarray(start, start + READ_BYTES));
          this.#output.count(Math.min(READ_BYTES, bytes.length - start), lines);
          this.#output.write(this.#source, this.#assembler.add(lines));
        }
        continue;
      }
      if (stream.readableEnded || stream.destroyed) break;
      if (this.#stopAtMs !== undefined && (this.#isTimeUp() || nowMs - lastDataMs >= LAST_SILENCE_MS)) break;
      await this.#wait(this.#untilNextMs(lastDataMs));
      if (this.#deadlineMs(lastDataMs) <= this.#options.now()) this.#flush();
    }
    const torn = splitter.takeTorn();
    if (torn !== undefined) this.#output.write(this.#source, this.#assembler.add([torn]), { isOver: true });
    this.#flush();
    if (stream.errored !== null) throw stream.errored;
  }

  #flush(): void {
    const event = this.#assembler.flush();
    if (event !== undefined) this.#output.write(this.#source, [event], { isOver: true });
  }

  #deadlineMs(lastDataMs: number): number {
    const { pendingEnd, settings } = this.#assembler;
    return pendingEnd === undefined ? Infinity : lastDataMs + settings.timeoutMs;
  }

  #untilNextMs(lastDataMs: number): number {
    if (this.#stopAtMs !== undefined) return LAST_SILENCE_MS;
    return Math.max(1, Math.min(RETRY_MS, this.#deadlineMs(lastDataMs) - this.#options.now()));
  }

  async #waitForRoom(): Promise<void> {
    const { sink } = this.#options;
    while (sink.isFull && !this.#isTimeUp()) await sink.waitForRoom(RETRY_MS);
  }

  async #wait(timeoutMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    const timer = setTimeout(resolve, timeoutMs);
    await promise;
    clearTimeout(timer);
    this.#wake = undefined;
  }

  #isTimeUp(): boolean {
    return this.#stopAtMs !== undefined && this.#options.now() >= this.#stopAtMs;
  }
}
