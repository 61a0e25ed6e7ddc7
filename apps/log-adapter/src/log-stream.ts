/** The events of one file: from its bytes over lines to events, and up to where they are safely out. */
import { EventAssembler, type AssemblerSettings, type RawEvent } from './event-assembler.ts';
import { LineSplitter, type Line } from './line-splitter.ts';
import type { LogFile } from './log-file.ts';
import { START, type Position, type SavedPosition } from './position.ts';

export class LogStream {
  /** Replaced when the content goes on in another file, as after a copy and truncate. */
  file: LogFile;
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
  /** Up to where its events were taken by the output. */
  committed: Position = START;
  readonly assembler: EventAssembler;
  readonly #splitter: LineSplitter;

  constructor(file: LogFile, path: string, settings: AssemblerSettings, nowMs: number) {
    this.file = file;
    this.path = path;
    this.lastDataMs = nowMs;
    this.committed = file.offset === 0 ? START : { offset: file.offset, anchor: Buffer.from(file.anchor) };
    this.assembler = new EventAssembler(settings);
    this.#splitter = new LineSplitter({
      offset: file.offset,
      before: this.committed.anchor,
      maxLineBytes: settings.maxEventBytes,
    });
  }

  /** When the event at the end counts as complete, because nothing followed it; undefined if there is none. */
  get deadlineMs(): number | undefined {
    return this.assembler.isBusy ? this.lastDataMs + this.assembler.settings.timeoutMs : undefined;
  }

  /** Reads on: the lines that are complete; empty at the end. Undefined if the file has lost what was read of it. */
  async read(buffer: Buffer, nowMs: number): Promise<{ readonly bytes: number; readonly lines: Line[] } | undefined> {
    const bytes = await this.file.read(buffer);
    if (bytes === undefined) return undefined;
    this.isAtEnd = bytes.length === 0;
    if (!this.isAtEnd) this.lastDataMs = nowMs;
    return { bytes: bytes.length, lines: this.#splitter.push(bytes) };
  }

  /** What is left when nothing more will come: the event that was being joined, with the line that has no end. */
  finish(): RawEvent[] {
    const torn = this.#splitter.takeTorn();
    const events = torn === undefined ? [] : this.assembler.add(torn);
    const last = this.assembler.flush();
    return last === undefined ? events : [...events, last];
  }

  /** The events up to there were taken by the output. */
  commit(position: Position): void {
    if (position.offset > this.committed.offset) this.committed = position;
  }

  toSaved(): SavedPosition {
    return this.file.toSaved(this.committed);
  }
}
