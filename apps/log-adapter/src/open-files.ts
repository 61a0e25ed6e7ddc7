/** Opens files, and closes those that have been silent for the longest time when there are too many. */
import type { Candidate } from './candidates.ts';
import { LogFile } from './log-file.ts';
import type { LogStream } from './log-stream.ts';

/** So many are closed at once, lest every file that is opened has to look for one to close. */
const CLOSED_AT_ONCE = 16;

export class OpenFiles {
  readonly #max: () => number;
  readonly #streamOf: (file: LogFile) => LogStream | undefined;
  readonly #opened = new Set<LogFile>();

  constructor(max: () => number, streamOf: (file: LogFile) => LogStream | undefined) {
    this.#max = max;
    this.#streamOf = streamOf;
  }

  get count(): number {
    return this.#opened.size;
  }

  get isFull(): boolean {
    return this.count >= this.#max();
  }

  /**
   * Opens the file that was seen under a name; undefined if another one, or none, has that name by now. If there is no
   * room, a log itself is known without being open; what was put aside is opened, because it has to be compared.
   */
  async open({ path, stats, isCurrent }: Candidate): Promise<LogFile | undefined> {
    const hasRoom = await this.#makeRoom();
    return hasRoom || !isCurrent
      ? this.#tryTwice(() => LogFile.open(path, stats, this.#opened))
      : new LogFile(stats, this.#opened);
  }

  /** Opens it again by the name it was seen under, unless there is no room, or another file has that name by now. */
  async reopen(stream: LogStream): Promise<'open' | 'no room' | 'moved'> {
    if (stream.file.isOpen) return 'open';
    if (!(await this.#makeRoom())) return 'no room';
    await this.#tryTwice(() => stream.file.reopen(stream.path));
    return stream.file.isOpen ? 'open' : 'moved';
  }

  async #makeRoom(): Promise<boolean> {
    return !this.isFull || this.#closeSilent();
  }

  /** The system has no room for more: somebody has to make some. */
  async #tryTwice<Result>(open: () => Promise<Result>): Promise<Result> {
    try {
      return await open();
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if ((code !== 'EMFILE' && code !== 'ENFILE') || !(await this.#closeSilent())) throw error;
      return open();
    }
  }

  /** Closes those that were read to their end and have been silent for the longest time; false if there are none. */
  async #closeSilent(): Promise<boolean> {
    const silent: LogStream[] = [];
    for (const file of this.#opened) {
      const stream = this.#streamOf(file);
      if (stream?.file === file && !stream.mayHaveMore && stream.missedLooks === 0) silent.push(stream);
    }
    silent.sort((one, other) => one.lastDataMs - other.lastDataMs);
    for (const { file } of silent.slice(0, CLOSED_AT_ONCE)) await file.close();
    return silent.length > 0;
  }
}
