/**
 * The files of the logs of one input, those of each log the oldest first, found anew at every look. Nothing is concluded
 * from what happened between two looks: whatever order of renames, copies, truncations and deletions led here, each file
 * that is there is either known, or a copy of a known one, or new.
 */
import type { BigIntStats } from 'node:fs';
import { basename } from 'node:path';
import { createCandidateLister, type Candidate, type CandidateLister } from './candidates.ts';
import type { LogPaths } from './log-paths.ts';
import { inodeKey, LogFile } from './log-file.ts';
import { LogStream, type StreamSettings } from './log-stream.ts';
import { OpenFiles } from './open-files.ts';
import type { SavedPosition } from './position.ts';
import { resumeFiles } from './resume-files.ts';

export interface FileSetOptions {
  readonly paths: LogPaths;
  readonly settings: () => StreamSettings;
  readonly now: () => number;
  /** A file that was put aside is closed when it was silent for so long. */
  readonly rotateWaitMs: number;
  /** So many files are held open, if that is possible. */
  readonly maxOpenFiles: () => number;
  /** At the very first look, files are taken as read up to the bytes of their last newline. */
  readonly skipTo?: Buffer | undefined;
  readonly onRotation: () => void;
  readonly onTruncation: () => void;
  /** A file of the checkpoint, or one that was not open, is not there any more: what was not read of it is lost. */
  readonly onGone: (saved: SavedPosition) => void;
}

export class FileSet {
  readonly #options: FileSetOptions;
  readonly #lister: CandidateLister;
  readonly #openFiles: OpenFiles;
  /** The files of each log, the oldest first. */
  readonly #logs = new Map<string, LogStream[]>();
  /** The same, by device and inode. */
  readonly #byInode = new Map<string, LogStream>();
  /** Logs that were named in full, and had files before: a new one replaces one of them. */
  readonly #begun = new Set<string>();
  #pending: readonly SavedPosition[];
  #skipTo: Buffer | undefined;

  /** With the positions of the checkpoint, which are looked for at the first look. */
  constructor(options: FileSetOptions, saved: readonly SavedPosition[]) {
    this.#options = options;
    this.#lister = createCandidateLister(options.paths);
    this.#openFiles = new OpenFiles(options.maxOpenFiles, (file) => this.#byInode.get(inodeKey(file)));
    this.#pending = saved;
    this.#skipTo = options.skipTo;
  }

  get streams(): readonly LogStream[] {
    return [...this.#logs.values()].flat();
  }

  /** The files of each log, the oldest first; they may change meanwhile. */
  get logs(): readonly (readonly LogStream[])[] {
    return Array.from(this.#logs.values(), (streams) => [...streams]);
  }

  /** There is a file to read under the name of a log. */
  get hasCurrent(): boolean {
    return this.streams.some(({ isCurrent }) => isCurrent);
  }

  get openCount(): number {
    return this.#openFiles.count;
  }

  /** The positions to save; before the first look, those that were given. */
  get positions(): readonly SavedPosition[] {
    return [...this.#pending, ...this.streams.map((stream) => stream.toSaved())];
  }

  /** Looks at the folders. Rejects if one, or a file of a log, cannot be read; the others are known all the same. */
  async look(): Promise<void> {
    const { paths, now } = this.#options;
    const hadPending = this.#pending.length > 0;
    await this.#resume();
    const candidates = await this.#list();
    for (const stream of this.streams) {
      stream.isCurrent = false;
      stream.missedLooks += 1;
    }
    const unknown = new Map<string, Candidate[]>();
    for (const candidate of candidates) {
      const stream = this.#find(candidate.stats);
      if (stream !== undefined) this.#see(stream, candidate);
      else unknown.set(candidate.logPath, [...(unknown.get(candidate.logPath) ?? []), candidate]);
    }
    // What has no name (here) any more may still be written to, and nobody notifies that.
    for (const stream of this.streams) if (stream.missedLooks > 0 && stream.file.isOpen) stream.mayHaveMore = true;
    let trouble: unknown;
    for (const [logPath, found] of unknown) {
      const isLiteral = paths.isLiteral(logPath);
      const isRotation = this.#begun.has(logPath) || this.#logs.has(logPath) || (hadPending && isLiteral);
      trouble = (await this.#adopt(found.toReversed(), isRotation)) ?? trouble;
      if (isLiteral) this.#begun.add(logPath);
    }
    this.#skipTo = undefined;
    for (const stream of this.streams) stream.noteSize(now());
    if (trouble !== undefined) throw trouble;
  }

  /** The files of these names have changed, as was notified; all of them if the names are not known. */
  noteChanged(names: ReadonlySet<string> | undefined): void {
    if (names?.size === 0) return;
    for (const stream of this.streams) stream.mayHaveMore ||= names === undefined || names.has(basename(stream.path));
  }

  /** Opens a file that was closed, or never opened. */
  open(stream: LogStream): Promise<'open' | 'no room' | 'moved'> {
    return this.#openFiles.reopen(stream);
  }

  /**
   * A file has lost what was read of it. If a copy was made before, the stream goes on there; otherwise it is over, and
   * given back. The file itself begins anew.
   */
  async begin(stream: LogStream): Promise<LogStream | undefined> {
    this.#options.onTruncation();
    const { file: lost, path, logPath, isCurrent } = stream;
    const anew = this.#createStream(await lost.startAnew(), { path, logPath, isCurrent });
    const streams = this.#logs.get(logPath) ?? [];
    const position = streams.indexOf(stream);
    this.#remove(stream);
    stream.isCurrent = false;
    this.#byInode.set(inodeKey(anew.file), anew);
    let isOver = true;
    // What cannot be read now is looked at again later; the stream must not get lost on the way.
    const candidates = await this.#list().catch(() => []);
    for (const candidate of candidates.filter((one) => one.logPath === logPath && !one.isCurrent).toReversed()) {
      const isUnknown = this.#find(candidate.stats) === undefined;
      const file = isUnknown ? await this.#openFiles.open(candidate).catch(() => undefined) : undefined;
      if (file === undefined) continue;
      const relation = isOver ? await file.relationTo(lost) : 'another file';
      if (relation === 'another file') {
        // Written and put aside after the copy was made: it belongs before what begins anew.
        await this.#take(file, candidate, anew.file);
        continue;
      }
      file.takeOver(lost);
      if (relation === 'continues it') {
        stream.file = file;
        stream.path = candidate.path;
        stream.mayHaveMore = true;
        isOver = false;
      }
      // A copy that ends before has nothing that was not read.
      this.#insert(isOver ? this.#createStream(file, candidate) : stream, position);
    }
    this.#insert(anew);
    return isOver ? stream : undefined;
  }

  /** Those that were put aside, read to their end and silent since: nothing more will come. */
  async silent(): Promise<LogStream[]> {
    const found: LogStream[] = [];
    for (const streams of this.#logs.values()) {
      for (const stream of streams) {
        const { isCurrent, isAtEnd, mayHaveMore, file, lastDataMs } = stream;
        if (isCurrent || !isAtEnd || mayHaveMore || !file.isOpen) continue;
        if (this.#options.now() - lastDataMs < this.#options.rotateWaitMs) continue;
        // Without a successor, the writer may still use it.
        if (streams.some((other) => other.isCurrent) || (await file.isDeleted())) found.push(stream);
      }
    }
    return found;
  }

  /** Forgets the closed files that are not in the folder any more. */
  forget(): void {
    for (const stream of this.streams) {
      if (stream.file.isOpen || stream.missedLooks < 2) continue;
      if (stream.file.size > stream.file.offset) this.#options.onGone(stream.toSaved());
      this.#remove(stream);
    }
  }

  async close(): Promise<void> {
    for (const { file } of this.streams) await file.close();
  }

  #list(): Promise<Candidate[]> {
    return this.#lister.list((logPath) => this.#begun.has(logPath) || this.#logs.has(logPath));
  }

  async #resume(): Promise<void> {
    if (this.#pending.length === 0) return;
    const lost = await resumeFiles({
      pending: this.#pending,
      list: () => this.#list(),
      open: (candidate) => this.#openFiles.open(candidate),
      isFull: () => this.#openFiles.isFull,
      take: (file, candidate) => this.#insert(this.#createStream(file, { ...candidate, isCurrent: false })),
    });
    for (const { saved, isThere } of lost) {
      if (isThere) this.#options.onTruncation();
      else this.#options.onGone(saved);
    }
    this.#pending = [];
  }

  #find(stats: BigIntStats): LogStream | undefined {
    const stream = this.#byInode.get(inodeKey(stats));
    if (stream === undefined || stream.file.isOpen || !stream.file.isReborn(stats)) return stream;
    this.#remove(stream);
    return undefined;
  }

  #see(stream: LogStream, { path, logPath, isCurrent, stats }: Candidate): void {
    const hasChanged = Number(stats.size) !== stream.file.offset || stats.mtimeNs !== stream.mtimeNs;
    stream.file.size = Number(stats.size);
    stream.mtimeNs = stats.mtimeNs;
    stream.path = path;
    stream.isCurrent = isCurrent;
    stream.missedLooks = 0;
    stream.mayHaveMore ||= hasChanged;
    if (stream.logPath === logPath) return;
    // It was renamed to the name of another log of this input: that one goes on with it.
    this.#remove(stream);
    stream.logPath = logPath;
    this.#insert(stream, isCurrent ? undefined : 0);
  }

  /** Takes new files of one log, the oldest first. What stood in the way of one is the result; the others are taken. */
  async #adopt(unknown: readonly Candidate[], isRotation: boolean): Promise<unknown> {
    let trouble: unknown;
    const open = async (candidate: Candidate): Promise<LogFile | 'moved' | 'unreadable'> => {
      try {
        // To be skipped, it has to be open.
        const isCurrent = candidate.isCurrent && this.#skipTo === undefined;
        const file = (await this.#openFiles.open({ ...candidate, isCurrent })) ?? 'moved';
        if (file !== 'moved' && this.#skipTo !== undefined) await file.skipToEnd(this.#skipTo);
        return file;
      } catch (error) {
        // One that was put aside must not keep us from the log itself.
        trouble = error;
        return 'unreadable';
      }
    };
    // The last one, but opened first: those before it may be copies of it.
    const last = unknown.find(({ isCurrent }) => isCurrent);
    const opened = last === undefined ? undefined : await open(last);
    const known = this.#logs.get(unknown[0]?.logPath ?? '')?.find(({ isCurrent }) => isCurrent)?.file;
    const current = opened instanceof LogFile ? opened : known;
    let isTaken = false;
    for (const candidate of unknown) {
      const file = candidate === last && opened !== undefined ? opened : await open(candidate);
      if (file === 'unreadable') continue;
      // It is under another name already; those after it have to wait for their turn until the next look.
      if (file === 'moved') break;
      if (candidate === last) {
        this.#insert(this.#createStream(file, candidate));
        isTaken = true;
      } else if (!(await this.#take(file, candidate, current))) continue;
      if (isRotation) this.#options.onRotation();
    }
    if (opened instanceof LogFile && !isTaken) await opened.close();
    return trouble;
  }

  /** Takes a file that was put aside for one to read, unless it is a copy of the current one. */
  async #take(file: LogFile, candidate: Candidate, current: LogFile | undefined): Promise<boolean> {
    const isCopy =
      current !== undefined && ((await file.isCopyOf(current)) || (await file.relationTo(current)) !== 'another file');
    // An empty one may be a copy that has just begun.
    if (isCopy || file.size === 0) {
      await file.close();
      return false;
    }
    this.#insert(this.#createStream(file, { ...candidate, isCurrent: false }));
    return true;
  }

  #createStream(file: LogFile, name: { path: string; logPath: string; isCurrent: boolean }): LogStream {
    const stream = new LogStream(file, name, this.#options.settings(), this.#options.now());
    stream.mayHaveMore = file.offset < file.size;
    return stream;
  }

  /** Puts it among those of its log: as the newest, or at a place. */
  #insert(stream: LogStream, position?: number): void {
    const streams = this.#logs.get(stream.logPath);
    if (streams === undefined) this.#logs.set(stream.logPath, [stream]);
    else streams.splice(position ?? streams.length, 0, stream);
    this.#byInode.set(inodeKey(stream.file), stream);
  }

  #remove(stream: LogStream): void {
    const streams = this.#logs.get(stream.logPath) ?? [];
    const position = streams.indexOf(stream);
    if (position >= 0) streams.splice(position, 1);
    if (streams.length === 0) this.#logs.delete(stream.logPath);
    if (this.#byInode.get(inodeKey(stream.file)) === stream) this.#byInode.delete(inodeKey(stream.file));
  }
}
