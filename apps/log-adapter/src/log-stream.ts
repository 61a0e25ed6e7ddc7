/** The events of one file: from its bytes over lines to events, and up to where they are safely out. */
import type { Encoding } from './encoding.ts';
import { EventAssembler, type AssemblerSettings, type RawEvent } from './event-assembler.ts';
import { LineSplitter } from './line-splitter.ts';
import type { Line } from './line.ts';
import type { LogFile } from './log-file.ts';
import { START, type EventSource, type Position, type SavedPosition } from './position.ts';

export interface StreamSettings extends AssemblerSettings {
  readonly encoding: Encoding;
}

/** What was read at once: its lines, and the events that are complete by them. */
export interface ReadResult {
  readonly bytes: number;
  readonly lines: readonly Line[];
  readonly events: readonly RawEvent[];
}

export class LogStream implements EventSource {
  /** Replaced when the content goes on in another file, as after a copy and truncate. */
  file: LogFile;
  /** The log that the file is a part of; another one if it is renamed to that. */
  logPath: string;
  /** It has the name of the log; otherwise it was put aside, deleted or moved away. */
  isCurrent = false;
  /** A name it was seen under. */
  path: string;
  /** How many looks in a row have not found it in the folder. */
  missedLooks = 0;
  /** When it had something new for the last time. */
  lastDataMs: number;
  /** The last read came to its end. */
  isAtEnd = false;
  /** Something hints that it is to be read: it is new, was notified, or has another size or time than before. */
  mayHaveMore = true;
  /** When it was last written to, as the file system says. */
  mtimeNs = 0n;
  /** Up to where its events were taken by the output. */
  committed: Position;
  readonly assembler: EventAssembler;
  readonly #splitter: LineSplitter;
  /** Where the event ends that is being joined, and where the one before it did: not always in what was read last. */
  #pending: readonly Position[] = [];
  #saved: { readonly file: LogFile; readonly committed: Position; readonly position: SavedPosition } | undefined;
  /** So large it was at that time, and not all of that was taken since. */
  #mark: { readonly size: number; readonly atMs: number } | undefined;

  constructor(
    file: LogFile,
    name: { readonly path: string; readonly logPath: string; readonly isCurrent: boolean },
    settings: StreamSettings,
    nowMs: number,
  ) {
    this.file = file;
    this.path = name.path;
    this.logPath = name.logPath;
    this.isCurrent = name.isCurrent;
    this.lastDataMs = nowMs;
    this.committed = file.offset === 0 ? START : file.positionAt(file.offset);
    this.assembler = new EventAssembler(settings);
    this.#splitter = new LineSplitter({
      offset: file.offset,
      maxLineBytes: settings.maxEventBytes,
      encoding: settings.encoding,
    });
    this.noteSize(nowMs);
  }

  /** When the event at the end counts as complete, because nothing followed it; undefined if there is none. */
  get deadlineMs(): number | undefined {
    const isBusy = this.assembler.pendingEnd !== undefined;
    return isBusy ? this.lastDataMs + this.assembler.settings.timeoutMs : undefined;
  }

  get lagBytes(): number {
    return Math.max(0, this.file.size - this.committed.offset);
  }

  /** How long ago something was there that is not out yet. */
  behindMs(nowMs: number): number {
    return this.#mark === undefined ? 0 : nowMs - this.#mark.atMs;
  }

  /** Its size was looked at: from now on it is known what has to come out. */
  noteSize(nowMs: number): void {
    if (this.lagBytes > 0) this.#mark ??= { size: this.file.size, atMs: nowMs };
  }

  /** Reads on: the lines that are complete; empty at the end. Undefined if the file has lost what was read of it. */
  async read(buffer: Buffer, nowMs: number): Promise<ReadResult | undefined> {
    this.mayHaveMore = false;
    const bytes = await this.file.read(buffer);
    if (bytes === undefined) return undefined;
    this.isAtEnd = bytes.length === 0;
    if (!this.isAtEnd) this.lastDataMs = nowMs;
    this.mayHaveMore ||= !this.isAtEnd;
    this.noteSize(nowMs);
    const lines = this.#splitter.push(bytes);
    const events = this.assembler.add(lines);
    const end = this.assembler.pendingEnd;
    if (end !== undefined && end !== this.#pending[0]?.offset) {
      this.#pending = [this.file.positionAt(end), ...this.#pending.slice(0, 1)];
    }
    return { bytes: bytes.length, lines, events };
  }

  /** What is left when nothing more will come: the event that was being joined, with the line that has no end. */
  finish(): RawEvent[] {
    const torn = this.#splitter.takeTorn();
    const events = torn === undefined ? [] : this.assembler.add([torn]);
    const last = this.assembler.flush();
    return last === undefined ? events : [...events, last];
  }

  positionAt(offset: number): Position {
    return this.#pending.find((position) => position.offset === offset) ?? this.file.positionAt(offset);
  }

  commit(position: Position): void {
    if (position.offset <= this.committed.offset) return;
    this.committed = position;
    if (this.#mark !== undefined && position.offset >= this.#mark.size) this.#mark = undefined;
  }

  toSaved(): SavedPosition {
    const { file, committed } = this;
    // Most files have not moved since the last time.
    if (this.#saved?.file !== file || this.#saved.committed !== committed) {
      this.#saved = { file, committed, position: file.toSaved(committed) };
    }
    return this.#saved.position;
  }
}
