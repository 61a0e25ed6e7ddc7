/**
 * The logs of one entry of the configuration: their files are read in order, their events written, and how far that went
 * is remembered.
 *
 * A single loop does everything, one step after the other: look at the folders, read the oldest file of each log that
 * has something, a limited part of it each, write its events, and wait. While the output is full it does not read, but
 * goes on looking, so that a file that is put aside or deleted in the meantime is held open and not lost.
 */
import { describeError } from '@pod-patterns/runtime/errors.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import type { InputConfig } from './config.ts';
import { EventOutput } from './event-output.ts';
import { FileSet } from './file-set.ts';
import { toStreamSettings, type Input, type InputOptions } from './input.ts';
import { compileLogPaths } from './log-paths.ts';
import type { LogStream } from './log-stream.ts';
import type { SavedPosition } from './position.ts';
import { createWakeUp, type WakeUp } from './wake-up.ts';

export interface FileInputOptions extends InputOptions {
  /** The positions of the last run; undefined if it was never read. */
  readonly saved: readonly SavedPosition[] | undefined;
  /** How long a file that was put aside is still read after its last line. */
  readonly rotateWaitMs?: number;
}

/** How often the folders are looked at if nothing was notified; less often if a look takes long. */
const POLL_INTERVAL_MS = 500;
const NEVER = Number.NEGATIVE_INFINITY;
/** At most this part of the time is spent with looking. */
const LOOK_SHARE = 0.1;
/** How long what was notified is left to gather. */
const GATHER_MS = 10;
const DEFAULT_ROTATE_WAIT_MS = 5_000;
/** How long reading may go on after the stop. */
const LAST_READ_MS = 2_000;
const READ_BYTES = 65_536;
const BUFFER_BYTES = READ_BYTES + 4_096;
/** After so many reads of one log it is the turn of the others. */
const READS_PER_TURN = 16;

export class FileInput implements Input {
  readonly name: string;
  readonly isOver = false;
  #config: InputConfig;
  readonly #options: FileInputOptions;
  readonly #output: EventOutput;
  readonly #files: FileSet;
  readonly #wakeUp: WakeUp;
  readonly #buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  readonly #running: Promise<void>;
  /** The outcome of the last look, and of the last pass. */
  #lookState = 'has not looked yet';
  #readState = 'ok';
  #toldState = '';
  #lastLookMs = NEVER;
  #lookTookMs = 0;
  #stopAtMs: number | undefined;

  /** Begins at once. */
  constructor(options: FileInputOptions) {
    const { config, log, metrics, saved } = options;
    this.#options = options;
    this.#config = config;
    this.name = config.name;
    this.#output = new EventOutput(options, () => this.#config);
    const paths = compileLogPaths(config.paths, config.exclude);
    const isToSkip = config.startAt === 'end' && saved === undefined;
    this.#files = new FileSet(
      {
        paths,
        settings: () => toStreamSettings(this.#config),
        now: options.now,
        rotateWaitMs: options.rotateWaitMs ?? DEFAULT_ROTATE_WAIT_MS,
        maxOpenFiles: options.maxOpenFiles,
        skipTo: isToSkip ? Buffer.from('\n', config.encoding) : undefined,
        onRotation: () => metrics.rotations.inc({ input: this.name }),
        onTruncation: () => this.#noteTruncation(),
        onGone: ({ ino, offset }) =>
          log.warn({ input: this.name, ino, offset }, 'a file of the checkpoint is gone: its rest was not read'),
      },
      saved ?? [],
    );
    this.#wakeUp = createWakeUp(paths.fixedFolders);
    this.#running = this.#run();
  }

  get state(): string {
    return this.#lookState === 'ok' ? this.#readState : this.#lookState;
  }

  get isWaiting(): boolean {
    return !this.#files.hasCurrent;
  }

  get positions(): readonly SavedPosition[] {
    return this.#files.positions;
  }

  get lagBytes(): number {
    return this.#files.streams.reduce((sum, { lagBytes }) => sum + lagBytes, 0);
  }

  get lagSeconds(): number {
    const nowMs = this.#options.now();
    return this.#files.streams.reduce((most, stream) => Math.max(most, stream.behindMs(nowMs)), 0) / 1_000;
  }

  get openFiles(): number {
    return this.#files.openCount;
  }

  reconfigure(config: InputConfig): void {
    this.#config = config;
    for (const { assembler } of this.#files.streams) assembler.settings = toStreamSettings(config);
  }

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
    this.#lastLookMs = NEVER;
    this.#lookTookMs = 0;
    this.#files.noteChanged(undefined);
    let isBehind = true;
    while (isBehind) isBehind = await this.#pass();
    for (const stream of this.#files.streams) this.#output.write(stream, stream.finish());
    this.#wakeUp.close();
    await this.#files.close();
  }

  /** Reads every log for a turn, the oldest file of each first. True if there may be more at once. */
  async #pass(): Promise<boolean> {
    await this.#lookIfDue();
    this.#files.noteChanged(this.#wakeUp.takeChanged());
    let state = 'ok';
    let isBehind = false;
    let hasRoom = true;
    for (const log of this.#files.logs) {
      try {
        for (const stream of log) {
          if (stream.mayHaveMore) {
            // The newer files of a log have to wait for the older ones.
            if (!stream.file.isOpen && !hasRoom) break;
            const opened: 'open' | 'no room' | 'moved' = await this.#files.open(stream);
            hasRoom &&= opened !== 'no room';
            if (opened === 'no room') break;
            if (opened === 'open' && (await this.#readTurn(stream, log))) {
              isBehind = true;
              break;
            }
          }
          this.#writeIfComplete(stream, log);
        }
      } catch (error) {
        state = describeError(error);
      }
    }
    for (const stream of await this.#files.silent()) {
      this.#output.write(stream, stream.finish(), { isOver: true });
      await stream.file.close();
    }
    this.#files.forget();
    this.#readState = state;
    this.#tellState();
    return isBehind && !this.#isTimeUp();
  }

  async #lookIfDue(): Promise<void> {
    const nowMs = this.#options.now();
    const sinceMs = nowMs - this.#lastLookMs;
    const leastMs = this.#lookTookMs / LOOK_SHARE;
    if (sinceMs < leastMs) return;
    if (!this.#wakeUp.takeRenamed() && sinceMs < POLL_INTERVAL_MS) return;
    const isFirst = this.#lastLookMs === NEVER;
    this.#lastLookMs = nowMs;
    try {
      await this.#files.look();
      this.#lookState = 'ok';
    } catch (error) {
      this.#lookState = describeError(error);
    }
    const tookMs = this.#options.now() - nowMs;
    // A short look may follow another at once, so that nothing is missed of what moves fast.
    this.#lookTookMs = tookMs > GATHER_MS * 2 ? tookMs : 0;
    this.#tellState();
    // What was skipped at the start has to be remembered, even if nothing follows.
    if (isFirst) this.#options.onProgress(0);
  }

  /** True if the end was not reached. */
  async #readTurn(stream: LogStream, log: readonly LogStream[]): Promise<boolean> {
    for (let reads = 0; reads < READS_PER_TURN; reads += 1) {
      await this.#waitForRoom();
      if (this.#isTimeUp()) return true;
      const read = await stream.read(this.#buffer, this.#options.now());
      if (read === undefined) {
        const ended = await this.#files.begin(stream);
        if (ended !== undefined) this.#output.write(ended, ended.finish());
        return true;
      }
      if (read.bytes === 0) return false;
      this.#output.count(read.bytes, read.lines);
      // A file has begun, so those before it are over: what is left of them comes first.
      for (const older of log.slice(0, log.indexOf(stream))) if (older.isAtEnd) this.#writeLast(older);
      this.#output.write(stream, read.events);
    }
    return true;
  }

  async #waitForRoom(): Promise<void> {
    for (const gate of [this.#options.sink, this.#options.unsaved]) {
      let room: Promise<void> | undefined;
      while (gate.isFull && !this.#isTimeUp()) {
        room ??= this.#noticeRoom(gate).finally(() => (room = undefined));
        await this.#wakeUp.waitForNames(POLL_INTERVAL_MS);
        await this.#lookIfDue();
      }
    }
  }

  async #noticeRoom(gate: InputOptions['unsaved']): Promise<void> {
    await gate.waitForRoom(POLL_INTERVAL_MS);
    this.#wakeUp.notify();
  }

  /** The last event of a file is complete when the next file has begun, or when nothing followed for a while. */
  #writeIfComplete(stream: LogStream, log: readonly LogStream[]): void {
    const { deadlineMs } = stream;
    if (deadlineMs === undefined || !stream.isAtEnd) return;
    const hasLater = log.slice(log.indexOf(stream) + 1).some(({ file }) => file.size > 0);
    if (deadlineMs <= this.#options.now() || hasLater) this.#writeLast(stream);
  }

  #writeLast(stream: LogStream): void {
    const event = stream.assembler.flush();
    if (event !== undefined) this.#output.write(stream, [event]);
  }

  #noteTruncation(): void {
    this.#options.metrics.truncations.inc({ input: this.name });
    this.#options.log.info({ input: this.name }, 'the log was truncated or written anew');
  }

  #tellState(): void {
    const { state } = this;
    if (state === this.#toldState) return;
    this.#toldState = state;
    if (state !== 'ok') this.#options.log.warn({ input: this.name, reason: state }, 'the log cannot be read');
    else this.#options.log.info({ input: this.name, exists: !this.isWaiting }, 'following the log');
  }

  #untilNextMs(): number {
    if (this.state !== 'ok') return POLL_INTERVAL_MS;
    const nowMs = this.#options.now();
    let waitMs = POLL_INTERVAL_MS;
    for (const { deadlineMs } of this.#files.streams) {
      if (deadlineMs !== undefined) waitMs = Math.min(waitMs, deadlineMs - nowMs);
    }
    return Math.max(1, waitMs);
  }

  #isTimeUp(): boolean {
    return this.#stopAtMs !== undefined && this.#options.now() >= this.#stopAtMs;
  }
}
