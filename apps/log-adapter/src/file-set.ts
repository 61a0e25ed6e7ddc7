/**
 * The files of one log, the oldest first, found anew at every look. Nothing is concluded from what happened between two
 * looks: whatever order of renames, copies, truncations and deletions led here, each file that is there is either known,
 * or a copy of a known one, or new.
 */
import type { BigIntStats } from 'node:fs';
import type { AssemblerSettings } from './event-assembler.ts';
import { listCandidates, type Candidate } from './candidates.ts';
import { LogFile } from './log-file.ts';
import { LogStream } from './log-stream.ts';
import type { SavedPosition } from './position.ts';

/** How often to try again if files move while they are looked for. */
const MAX_TRIES = 30;

/** Thrown to begin again, because a file has another name already. */
const MOVED = new Error('moved');

export interface FileSetOptions {
  readonly path: string;
  readonly settings: () => AssemblerSettings;
  readonly now: () => number;
  /** A file that was put aside is closed when it was silent for so long. */
  readonly rotateWaitMs: number;
  readonly onRotation: () => void;
  readonly onTruncation: () => void;
  /** A file of the checkpoint is not there any more: what was not read of it is lost. */
  readonly onGone: (saved: SavedPosition) => void;
}

export class FileSet {
  /** The oldest first. */
  readonly streams: LogStream[] = [];
  readonly #options: FileSetOptions;
  #pending: readonly SavedPosition[];
  /** Files were known before, so that a new one replaces one of them. */
  #hasBegun: boolean;

  /** With the positions of the checkpoint, which are looked for at the first look. */
  constructor(options: FileSetOptions, saved: readonly SavedPosition[]) {
    this.#options = options;
    this.#pending = saved;
    this.#hasBegun = saved.length > 0;
  }

  get current(): LogStream | undefined {
    return this.streams.find(({ isCurrent }) => isCurrent);
  }

  /** The positions to save; before the first look, those that were given. */
  get positions(): readonly SavedPosition[] {
    return [...this.#pending, ...this.streams.map((stream) => stream.toSaved())];
  }

  /** Looks at the folder. Rejects if it, or a file of the log, cannot be read; the others are known all the same. */
  async look(): Promise<void> {
    const isRotation = this.#hasBegun;
    for (let tries = 1; this.#pending.length > 0; tries += 1) {
      await this.#resume(await listCandidates(this.#options.path), tries);
    }
    const candidates = await listCandidates(this.#options.path);
    const unknown: Candidate[] = [];
    for (const stream of this.streams) {
      stream.isCurrent = false;
      stream.missedLooks += 1;
    }
    for (const candidate of candidates) {
      const stream = this.#find(candidate.stats);
      if (stream === undefined) unknown.push(candidate);
      else await this.#see(stream, candidate);
    }
    const trouble = await this.#adopt(unknown.toReversed(), isRotation);
    this.#hasBegun ||= this.streams.length > 0;
    if (trouble !== undefined) throw trouble;
  }

  /**
   * A file has lost what was read of it. If a copy was made before, the stream goes on there; otherwise it is over, and
   * given back. The file itself begins anew.
   */
  async begin(stream: LogStream): Promise<LogStream | undefined> {
    this.#options.onTruncation();
    const { file: lost, path, isCurrent } = stream;
    const anew = this.#createStream(await lost.startAnew(), path, isCurrent);
    const position = this.streams.indexOf(stream);
    this.streams.splice(position, 1);
    stream.isCurrent = false;
    let isOver = true;
    // What cannot be read now is looked at again later; the stream must not get lost on the way.
    const candidates = await listCandidates(this.#options.path).catch(() => []);
    for (const candidate of candidates.toReversed()) {
      const isItself = anew.file.isSameInode(candidate.stats);
      const isUnknown = !candidate.isCurrent && !isItself && this.#find(candidate.stats) === undefined;
      const file = isUnknown ? await LogFile.open(candidate.path, candidate.stats).catch(() => undefined) : undefined;
      if (file === undefined) continue;
      const relation = isOver ? await file.relationTo(lost) : 'another file';
      if (relation === 'another file') {
        // Written and put aside after the copy was made: it belongs before what begins anew.
        await this.#take(file, candidate.path, anew.file);
        continue;
      }
      file.takeOver(lost);
      if (relation === 'continues it') {
        stream.file = file;
        isOver = false;
      }
      // A copy that ends before has nothing that was not read.
      this.streams.splice(position, 0, isOver ? this.#createStream(file, candidate.path, false) : stream);
    }
    this.streams.push(anew);
    return isOver ? stream : undefined;
  }

  /** Those that were put aside, read to their end and silent since: nothing more will come. */
  async silent(): Promise<LogStream[]> {
    const isQuiet = ({ isCurrent, isAtEnd, file, lastDataMs }: LogStream): boolean =>
      !isCurrent && isAtEnd && file.isOpen && this.#options.now() - lastDataMs >= this.#options.rotateWaitMs;
    const found: LogStream[] = [];
    for (const stream of this.streams.filter(isQuiet)) {
      // Without a successor, the writer may still use it.
      if (this.current !== undefined || (await stream.file.isDeleted())) found.push(stream);
    }
    return found;
  }

  /** Forgets the closed files that are not in the folder any more. */
  forget(): void {
    for (const stream of [...this.streams]) {
      if (!stream.file.isOpen && stream.missedLooks >= 2) this.#remove(stream);
    }
  }

  async close(): Promise<void> {
    for (const { file } of this.streams) await file.close();
  }

  #find(stats: BigIntStats): LogStream | undefined {
    const stream = this.streams.find(({ file }) => file.isSameInode(stats));
    if (stream === undefined || stream.file.isOpen || !stream.file.isReborn(stats)) return stream;
    this.#remove(stream);
    return undefined;
  }

  async #see(stream: LogStream, { path, isCurrent, stats }: Candidate): Promise<void> {
    const hasChanged = Number(stats.size) !== stream.file.offset;
    stream.file.size = Number(stats.size);
    stream.path = path;
    stream.isCurrent = isCurrent;
    stream.missedLooks = 0;
    // Somebody writes to a file that was given up, or it became the log again.
    if (!stream.file.isOpen && (hasChanged || isCurrent)) await stream.file.reopen(path).catch(() => undefined);
  }

  /** Takes new files, the oldest first. What stood in the way of one is the result; the others are taken all the same. */
  async #adopt(unknown: readonly Candidate[], isRotation: boolean): Promise<unknown> {
    let trouble: unknown;
    const open = async ({ path, stats }: Candidate): Promise<LogFile | 'moved' | 'unreadable'> => {
      try {
        return (await LogFile.open(path, stats)) ?? 'moved';
      } catch (error) {
        // One that was put aside must not keep us from the log itself.
        trouble = error;
        return 'unreadable';
      }
    };
    // The last one, but opened first: those before it may be copies of it.
    const last = unknown.find(({ isCurrent }) => isCurrent);
    const opened = last === undefined ? undefined : await open(last);
    const current = opened instanceof LogFile ? opened : this.current?.file;
    for (const candidate of unknown) {
      const file = candidate === last && opened !== undefined ? opened : await open(candidate);
      if (file === 'unreadable') continue;
      // It is under another name already; those after it have to wait for their turn until the next look.
      if (file === 'moved') break;
      if (candidate === last) this.streams.push(this.#createStream(file, candidate.path, true));
      else if (!(await this.#take(file, candidate.path, current))) continue;
      if (isRotation) this.#options.onRotation();
    }
    if (opened instanceof LogFile && !this.streams.some(({ file }) => file === opened)) await opened.close();
    return trouble;
  }

  /** Takes a file that was put aside for one to read, unless it is a copy of the current one. */
  async #take(file: LogFile, path: string, current: LogFile | undefined): Promise<boolean> {
    const isCopy =
      current !== undefined && ((await file.isCopyOf(current)) || (await file.relationTo(current)) !== 'another file');
    // An empty one may be a copy that has just begun.
    if (isCopy || file.size === 0) {
      await file.close();
      return false;
    }
    this.streams.push(this.#createStream(file, path, false));
    return true;
  }

  /**
   * Finds the files of the checkpoint again: by inode, or as the copy of an inode that was emptied. If something happens
   * to them meanwhile, nothing is decided, unless it was tried often enough.
   */
  async #resume(candidates: readonly Candidate[], tries: number): Promise<void> {
    const found = new Map<Candidate, LogStream>();
    const lost: { saved: SavedPosition; isThere: boolean }[] = [];
    try {
      for (const saved of this.#pending) {
        const sameInode = candidates.filter(({ stats }) => String(stats.ino) === saved.ino);
        // Nothing was read of it: every file is like it.
        const mayHaveCopy = sameInode.length > 0 && saved.offset > 0;
        const putAside = mayHaveCopy ? candidates.filter(({ isCurrent }) => !isCurrent) : [];
        const possible = [...sameInode, ...putAside].filter((candidate) => !found.has(candidate));
        const isFound = await this.#resumeOne(saved, possible, found, tries < MAX_TRIES);
        // It was emptied, perhaps after its copy had been looked for.
        if (!isFound && sameInode.length > 0 && tries === 1) throw MOVED;
        if (!isFound) lost.push({ saved, isThere: sameInode.length > 0 });
      }
    } catch (error) {
      for (const { file } of found.values()) await file.close();
      if (error === MOVED) return;
      throw error;
    }
    for (const { saved, isThere } of lost) {
      if (isThere) this.#options.onTruncation();
      else this.#options.onGone(saved);
    }
    this.streams.push(...found.values());
    this.#pending = [];
  }

  async #resumeOne(
    saved: SavedPosition,
    possible: readonly Candidate[],
    found: Map<Candidate, LogStream>,
    mayRetry: boolean,
  ): Promise<boolean> {
    for (const candidate of possible) {
      const { stats, path } = candidate;
      const isSameInode = String(stats.ino) === saved.ino;
      if (isSameInode && saved.birthtimeNs !== undefined && String(stats.birthtimeNs) !== saved.birthtimeNs) continue;
      const file = await LogFile.open(path, stats).catch((error: unknown) => {
        if (candidate.isCurrent) throw error;
        return null;
      });
      if (file === undefined && mayRetry) throw MOVED;
      if (file && (await file.resume(saved))) {
        found.set(candidate, this.#createStream(file, path, false));
        return true;
      }
      await file?.close();
    }
    return false;
  }

  #createStream(file: LogFile, path: string, isCurrent: boolean): LogStream {
    const stream = new LogStream(file, path, this.#options.settings(), this.#options.now());
    stream.isCurrent = isCurrent;
    return stream;
  }

  #remove(stream: LogStream): void {
    this.streams.splice(this.streams.indexOf(stream), 1);
  }
}
