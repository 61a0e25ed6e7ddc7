/**
 * One file of a log, known by what it is (device, inode, time of birth, content) and not by its name.
 *
 * A file that only grows keeps the bytes before the place up to which it was read. Each read begins with those bytes
 * again, in the same system call: if they are not there any more, the file was emptied or written anew, even if it is
 * longer than before by now.
 */
import { constants, type BigIntStats } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { ANCHOR_BYTES, HEAD_BYTES, sha256, type Position, type SavedPosition } from './position.ts';

/** How many bytes before the place up to which a file was read are kept. */
const RECENT_BYTES = 4_096;

const NONE = Buffer.alloc(0);

/**
 * How a file stands to one that was read: it is a copy that has all that was read, and perhaps more; or a copy that was
 * made before the last of it was written and read; or no copy.
 */
export type CopyRelation = 'continues it' | 'ends before' | 'another file';

/** What names an inode. */
export interface InodeId {
  readonly dev: bigint;
  readonly ino: bigint;
}

export function inodeKey({ dev, ino }: InodeId): string {
  return `${dev}:${ino}`;
}

export class LogFile {
  readonly dev: bigint;
  readonly ino: bigint;
  /** When the inode was made; undefined where the file system does not know. */
  readonly birthtimeNs: bigint | undefined;
  /** Up to where the file was read. */
  offset = 0;
  /** Its size when it was looked at last. */
  size = 0;
  readonly #opened: Set<LogFile>;
  #handle: FileHandle | undefined;
  #head: Buffer = NONE;
  #recent: Buffer = NONE;
  /** What the last read has put into the buffer: what was known already, and what was new. */
  #lastRead: Buffer = NONE;

  /** One that was seen, and is opened later; or one that is open. While it is, it is one of `opened`. */
  constructor(stats: BigIntStats, opened: Set<LogFile>, handle?: FileHandle) {
    this.#opened = opened;
    this.#handle = handle;
    if (handle !== undefined) opened.add(this);
    this.dev = stats.dev;
    this.ino = stats.ino;
    this.birthtimeNs = stats.birthtimeNs === 0n ? undefined : stats.birthtimeNs;
    this.size = Number(stats.size);
  }

  /** Opens the file that was seen under a name; undefined if another one, or none, has that name by now. */
  static async open(path: string, seen: InodeId, opened: Set<LogFile>): Promise<LogFile | undefined> {
    const handle = await openInode(path, seen);
    return handle === undefined ? undefined : new LogFile(await handle.stat({ bigint: true }), opened, handle);
  }

  get isOpen(): boolean {
    return this.#handle !== undefined;
  }

  /**
   * A place up to which it was read, with the bytes before it. It must be the last one, or one in what was read last, as
   * long as the buffer of that read has it.
   */
  positionAt(offset: number): Position {
    const known = offset === this.offset ? this.#recent : this.#lastRead;
    const end = known.length - (this.offset - offset);
    return { offset, anchor: Buffer.from(known.subarray(Math.max(0, end - ANCHOR_BYTES), Math.max(0, end))) };
  }

  isSameInode(stats: InodeId): boolean {
    return this.dev === stats.dev && this.ino === stats.ino;
  }

  /** Whether it is certain that the inode was given to another file since. */
  isReborn(stats: BigIntStats): boolean {
    return this.birthtimeNs !== undefined && stats.birthtimeNs !== this.birthtimeNs;
  }

  /** Whether the file has no name any more. */
  async isDeleted(): Promise<boolean> {
    return this.#handle !== undefined && (await this.#handle.stat()).nlink === 0;
  }

  /**
   * What was written since the last read, as a part of the buffer; empty at the end of the file. Undefined if the file
   * does not have what was read of it any more.
   */
  async read(buffer: Buffer): Promise<Buffer | undefined> {
    const { bytesRead } = await this.#read(buffer, this.offset - this.#recent.length);
    const isIntact = buffer.subarray(0, Math.min(bytesRead, this.#recent.length)).equals(this.#recent);
    if (!isIntact) return undefined;
    const bytes = buffer.subarray(this.#recent.length, bytesRead);
    this.#lastRead = buffer.subarray(0, bytesRead);
    if (bytes.length === 0) return bytes;
    if (this.#head.length < HEAD_BYTES) this.#head = Buffer.concat([this.#head, bytes]).subarray(0, HEAD_BYTES);
    this.#recent = lastBytes(this.#recent, bytes);
    this.offset += bytes.length;
    this.size = Math.max(this.size, this.offset);
    return bytes;
  }

  /** Goes to the place of a checkpoint; false, and nothing changes, if the file does not have that content. */
  async resume(saved: SavedPosition): Promise<boolean> {
    const head = await this.#bytesAt(0, Math.min(HEAD_BYTES, saved.offset));
    const start = Math.max(0, saved.offset - RECENT_BYTES);
    const recent = await this.#bytesAt(start, saved.offset);
    const isSame =
      recent.length === saved.offset - start &&
      sha256(head.subarray(0, saved.headBytes)) === saved.headSha256 &&
      sha256(recent.subarray(Math.max(0, recent.length - saved.anchorBytes))) === saved.anchorSha256;
    if (!isSame) return false;
    this.#head = head;
    this.#recent = recent;
    this.offset = saved.offset;
    return true;
  }

  /** Goes to the end of the last line that has one, or to the end of the file if that line is a long one. */
  async skipToEnd(newline: Buffer): Promise<void> {
    const start = Math.max(0, this.size - RECENT_BYTES * 2);
    const bytes = await this.#bytesAt(start, this.size);
    const lastLf = bytes.lastIndexOf(newline);
    this.offset = start + (lastLf < 0 ? bytes.length : lastLf + newline.length);
    this.#head = await this.#bytesAt(0, Math.min(HEAD_BYTES, this.offset));
    this.#recent = await this.#bytesAt(Math.max(0, this.offset - RECENT_BYTES), this.offset);
  }

  /** What a checkpoint has to say about a place in this file. */
  toSaved({ offset, anchor }: Position): SavedPosition {
    const head = this.#head.subarray(0, Math.min(HEAD_BYTES, offset));
    return {
      dev: String(this.dev),
      ino: String(this.ino),
      ...(this.birthtimeNs !== undefined && { birthtimeNs: String(this.birthtimeNs) }),
      offset,
      headBytes: head.length,
      headSha256: sha256(head),
      anchorBytes: anchor.length,
      anchorSha256: sha256(anchor),
    };
  }

  /** Whether this file has what the other one has, as far as both go: somebody is copying it, or has copied it. */
  async isCopyOf(original: LogFile): Promise<boolean> {
    if (!original.isOpen || !this.#mayBeCopyOf(original)) return false;
    const end = Math.min(this.size, original.size);
    if (end === 0) return false;
    for (const [from, to] of [
      [0, Math.min(HEAD_BYTES, end)],
      [Math.max(0, end - RECENT_BYTES), end],
    ] as const) {
      if (!(await this.#bytesAt(from, to)).equals(await original.#bytesAt(from, to))) return false;
    }
    return true;
  }

  /** Compares this file with one that was read, which may have lost its content since: this one may be its copy. */
  async relationTo(original: LogFile): Promise<CopyRelation> {
    const end = Math.min(original.offset, this.size);
    const recentStart = original.offset - original.#recent.length;
    // Without bytes in common there is no saying.
    if (end <= recentStart || !this.#mayBeCopyOf(original)) return 'another file';
    const head = original.#head.subarray(0, end);
    const recent = original.#recent.subarray(0, end - recentStart);
    const isSame =
      (await this.#bytesAt(0, head.length)).equals(head) && (await this.#bytesAt(recentStart, end)).equals(recent);
    if (!isSame) return 'another file';
    return end === original.offset ? 'continues it' : 'ends before';
  }

  /** As the copy of a file that was read, counts as read as far as that. */
  takeOver(original: LogFile): void {
    this.offset = Math.min(original.offset, this.size);
    this.#head = original.#head.subarray(0, this.offset);
    const recentStart = original.offset - original.#recent.length;
    this.#recent = original.#recent.subarray(0, this.offset - recentStart);
  }

  /** The same inode as a new file, read from its beginning; this one has no handle any more. */
  async startAnew(): Promise<LogFile> {
    const handle = this.#handle;
    if (handle === undefined) throw new Error('the file is closed');
    this.#handle = undefined;
    this.#opened.delete(this);
    return new LogFile(await handle.stat({ bigint: true }), this.#opened, handle);
  }

  /** Opens it again by a name it was seen under, unless another file has that name by now. */
  async reopen(path: string): Promise<void> {
    if (this.#handle !== undefined) return;
    this.#handle = await openInode(path, this);
    if (this.#handle !== undefined) this.#opened.add(this);
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    if (handle === undefined) return;
    this.#handle = undefined;
    this.#opened.delete(this);
    await handle.close();
  }

  /** A copy is born after the original. */
  #mayBeCopyOf(original: LogFile): boolean {
    if (this.birthtimeNs === undefined || original.birthtimeNs === undefined) return true;
    return this.birthtimeNs > original.birthtimeNs;
  }

  async #bytesAt(from: number, to: number): Promise<Buffer> {
    const buffer = Buffer.alloc(Math.max(0, to - from));
    const { bytesRead } = await this.#read(buffer, from);
    return buffer.subarray(0, bytesRead);
  }

  #read(buffer: Buffer, position: number): Promise<{ bytesRead: number }> {
    if (this.#handle === undefined) throw new Error('the file is closed');
    return this.#handle.read(buffer, 0, buffer.length, position);
  }
}

function lastBytes(before: Buffer, bytes: Buffer): Buffer {
  if (bytes.length >= RECENT_BYTES) return Buffer.from(bytes.subarray(-RECENT_BYTES));
  return Buffer.concat([before.subarray(-(RECENT_BYTES - bytes.length)), bytes]);
}

async function openInode(path: string, { dev, ino }: InodeId): Promise<FileHandle | undefined> {
  let handle: FileHandle;
  try {
    // Not blocking, because whoever writes to the folder could put a pipe there.
    // oxlint-disable-next-line no-bitwise
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const stats = await handle.stat({ bigint: true });
  if (stats.isFile() && stats.dev === dev && stats.ino === ino) return handle;
  await handle.close();
  return undefined;
}
