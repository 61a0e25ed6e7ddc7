/**
 * One log: its files are read in order, their events written, and how far that went is remembered.
 *
 * A single loop does everything, one step after the other: look at the folder, read the oldest file that has something,
 * write its events, and wait. While the output is full it does not read, but goes on looking, so that a file that is
 * put aside or deleted in the meantime is held open and not lost.
 */
import { dirname } from 'node:path';
import { describeError } from '@pod-patterns/runtime/errors.ts';
import type { Logger } from '@pod-patterns/runtime/logger.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import type { InputConfig } from './config.ts';
import type { AssemblerSettings } from './event-assembler.ts';
import { EventOutput, type EventOutputOptions } from './event-output.ts';
import { FileSet } from './file-set.ts';
import type { LogStream } from './log-stream.ts';
import type { SavedPosition } from './position.ts';
import { createWakeUp, type WakeUp } from './wake-up.ts';

export interface InputOptions extends EventOutputOptions {
  readonly config: InputConfig;
  readonly saved: readonly SavedPosition[];
  readonly log: Logger;
  /** How long a file that was put aside is still read after its last line. */
  readonly rotateWaitMs?: number;
}

/** How often the folder is looked at if nothing was notified. */
const POLL_INTERVAL_MS = 500;
/** How long what was notified is left to gather. */
const GATHER_MS = 10;
const DEFAULT_ROTATE_WAIT_MS = 5_000;
/** How long reading may go on after the stop. */
const LAST_READ_MS = 2_000;
/** Small, because what is read at once is held at once, and what lives longer costs more to clear away. */
const READ_BYTES = 16_384;
const BUFFER_BYTES = READ_BYTES + 4_096;
/** After so many reads of one file the folder is looked at again. */
const MAX_READS = 256;

export class Input {
  readonly path: string;
  #config: InputConfig;
  readonly #options: InputOptions;
  readonly #output: EventOutput;
  readonly #files: FileSet;
  readonly #wakeUp: WakeUp;
  readonly #buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  readonly #running: Promise<void>;
  #state = 'has not looked yet';
  /** The outcome of the last look. */
  #lookState = 'ok';
  #lastLookMs = 0;
  #stopAtMs: number | undefined;

  /** Begins at once. */
  constructor(options: InputOptions) {
    this.#options = options;
    this.#config = options.config;
    this.path = options.config.path;
    this.#output = new EventOutput(options, () => this.#config);
    this.#files = new FileSet(
      {
        path: this.path,
        settings: () => toAssemblerSettings(this.#config),
        now: options.now,
        rotateWaitMs: options.rotateWaitMs ?? DEFAULT_ROTATE_WAIT_MS,
        onRotation: () => options.metrics.rotations.inc({ input: this.path }),
        onTruncation: () => this.#noteTruncation(),
        onGone: ({ ino, offset }) =>
          options.log.warn(
            { log_file: this.path, ino, offset },
            'a file of the checkpoint is gone: its rest was not read',
          ),
      },
      options.saved,
    );
    this.#wakeUp = createWakeUp(dirname(this.path));
    this.#running = this.#run();
  }

  /** `ok` when the folder and the files can be read, or why not. A log that is not there yet is waited for: ok. */
  get state(): string {
    return this.#state;
  }

  /** Whether there is a file to read. */
  get isWaiting(): boolean {
    return this.#files.current === undefined;
  }

  get positions(): readonly SavedPosition[] {
    return this.#files.positions;
  }

  get lagBytes(): number {
    const lags = this.#files.streams.map(({ file, committed }) => Math.max(0, file.size - committed.offset));
    return lags.reduce((sum, lag) => sum + lag, 0);
  }

  get openFiles(): number {
    return this.#files.streams.filter(({ file }) => file.isOpen).length;
  }

  /** Reads on under another configuration of the same path; what was read but is not complete yet included. */
  reconfigure(config: InputConfig): void {
    this.#config = config;
    for (const { assembler } of this.#files.streams) assembler.settings = toAssemblerSettings(config);
  }

  /** Reads what is there, writes what is left, and ends. */
  async stop(): Promise<void> {
    this.#stopAtMs ??= this.#options.now() + LAST_READ_MS;
    this.#wakeUp.notify();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#stopAtMs === undefined) {
      const isBehind = await this.#pass();
      if (isBehind) continue;
      await this.#wakeUp.wait(this.#untilNextMs());
      if (this.#stopAtMs === undefined) await sleep(GATHER_MS);
    }
    this.#lastLookMs = 0;
    let isBehind = true;
    while (isBehind) isBehind = await this.#pass();
    for (const stream of this.#files.streams) this.#output.write(stream, stream.finish());
    this.#wakeUp.close();
    await this.#files.close();
  }

  /** Reads every file to its end, the oldest first. True if there may be more at once. */
  async #pass(): Promise<boolean> {
    await this.#lookIfDue();
    try {
      for (const stream of [...this.#files.streams]) {
        if (stream.file.isOpen && (await this.#readToEnd(stream))) return true;
        this.#writeIfComplete(stream);
      }
      for (const stream of await this.#files.silent()) {
        this.#output.write(stream, stream.finish(), { isOver: true });
        await stream.file.close();
      }
      this.#files.forget();
      this.#setState(this.#lookState);
    } catch (error) {
      this.#setState(describeError(error));
    }
    return false;
  }

  async #lookIfDue(): Promise<void> {
    const nowMs = this.#options.now();
    const isDue = nowMs - this.#lastLookMs >= POLL_INTERVAL_MS;
    if (!this.#wakeUp.takeRenamed() && !isDue) return;
    this.#lastLookMs = nowMs;
    try {
      await this.#files.look();
      this.#lookState = 'ok';
    } catch (error) {
      this.#lookState = describeError(error);
    }
    this.#setState(this.#lookState);
  }

  /** True if the end was not reached. */
  async #readToEnd(stream: LogStream): Promise<boolean> {
    for (let reads = 0; reads < MAX_READS; reads += 1) {
      await this.#waitForRoom();
      if (this.#isOver()) return false;
      const read = await stream.read(this.#buffer, this.#options.now());
      if (read === undefined) {
        const ended = await this.#files.begin(stream);
        if (ended !== undefined) this.#output.write(ended, ended.finish());
        return true;
      }
      if (read.bytes === 0) return false;
      this.#output.count(read.bytes, read.lines);
      const events = read.lines.flatMap((line) => stream.assembler.add(line));
      this.#output.write(stream, events);
    }
    return true;
  }

  async #waitForRoom(): Promise<void> {
    while (this.#options.sink.isFull && !this.#isOver()) {
      await this.#options.sink.waitForRoom(POLL_INTERVAL_MS);
      await this.#lookIfDue();
    }
  }

  /** The last event of a file is complete when the next file has begun, or when nothing followed for a while. */
  #writeIfComplete(stream: LogStream): void {
    const { deadlineMs } = stream;
    if (deadlineMs === undefined || !stream.isAtEnd) return;
    const later = this.#files.streams.slice(this.#files.streams.indexOf(stream) + 1);
    if (deadlineMs > this.#options.now() && !later.some(({ file }) => file.size > 0)) return;
    const event = stream.assembler.flush();
    if (event !== undefined) this.#output.write(stream, [event]);
  }

  #noteTruncation(): void {
    this.#options.metrics.truncations.inc({ input: this.path });
    this.#options.log.info({ log_file: this.path }, 'the log was truncated or written anew');
  }

  #setState(state: string): void {
    if (state === this.#state) return;
    this.#state = state;
    if (state !== 'ok') this.#options.log.warn({ log_file: this.path, reason: state }, 'the log cannot be read');
    else this.#options.log.info({ log_file: this.path, exists: !this.isWaiting }, 'following the log');
  }

  #untilNextMs(): number {
    if (this.#state !== 'ok') return POLL_INTERVAL_MS;
    const deadlines = this.#files.streams.flatMap(({ deadlineMs }) => deadlineMs ?? []);
    return Math.max(1, Math.min(POLL_INTERVAL_MS, ...deadlines.map((deadline) => deadline - this.#options.now())));
  }

  #isOver(): boolean {
    return this.#stopAtMs !== undefined && this.#options.now() >= this.#stopAtMs;
  }
}

function toAssemblerSettings({ multiline, maxEventBytes }: InputConfig): AssemblerSettings {
  return { start: multiline?.start, timeoutMs: multiline?.timeoutMs ?? 0, maxEventBytes };
}
