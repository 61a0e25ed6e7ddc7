/**
 * The checkpoint: how far each log was read and safely written, in one small file. It is replaced as a whole (written
 * beside, synced, renamed), so that there is always an old one or a new one and never a half.
 */
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, describeError } from '@pod-patterns/runtime/errors.ts';
import type { Logger } from '@pod-patterns/runtime/logger.ts';
import * as z from 'zod';
import { SavedPosition } from './position.ts';

/** The positions in the files of each log, by its path. */
export type Positions = Readonly<Record<string, readonly SavedPosition[]>>;

const Checkpoint = z.object({ version: z.literal(1), inputs: z.record(z.string(), z.array(SavedPosition)) });

export interface CheckpointStore {
  /** Tells that positions have changed, by so many events; they are written soon. */
  touch(events?: number): void;
  /** So many events were taken since the positions were written that more have to wait. */
  readonly isFull: boolean;
  /** Resolves when that is not so any more, at the latest after the time. */
  waitForRoom(timeoutMs: number): Promise<void>;
  /** Writes the positions now, if they have changed since the last time. */
  save(): Promise<void>;
}

/** What the checkpoint is kept on: the file system, or what a test has in its place. */
export interface Disk {
  open(path: string, flags: 'w' | 'r', mode?: number): Promise<DiskFile>;
  rename(from: string, to: string): Promise<void>;
}

interface DiskFile {
  writeFile(text: string): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

export interface CheckpointOptions {
  readonly folder: string;
  readonly disk?: Disk;
  readonly log: Logger;
  /** The positions to write, asked when it is time. */
  readonly positions: () => Positions;
  readonly onSaved: () => void;
  readonly onFailure: () => void;
  /** The least time between two, unless many events came. */
  readonly intervalMs?: number;
  /** The most events between two: a restart writes as many again. */
  readonly maxEvents?: number;
}

/** The positions of the last run: none if there are none, or if they cannot be read, which is warned about. */
export async function loadCheckpoint(folder: string, log: Logger): Promise<Positions> {
  const path = join(folder, FILE_NAME);
  try {
    return Checkpoint.parse(JSON.parse(await readFile(path, 'utf8'))).inputs;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    log.warn(
      { path, reason: describeError(error) },
      'the checkpoint cannot be read: every log is read from its beginning',
    );
    return {};
  }
}

/** Checks that checkpoints can be written, and writes them from then on. Rejects with an AppError. */
export async function openCheckpointStore(options: CheckpointOptions): Promise<CheckpointStore> {
  const { folder, disk = { open, rename }, log, positions, onSaved, onFailure } = options;
  const { intervalMs = 100, maxEvents = MAX_EVENTS } = options;
  const path = join(folder, FILE_NAME);
  let isChanged = false;
  let isSaving = false;
  let isFailing = false;
  let unsavedEvents = 0;
  let timer: NodeJS.Timeout | undefined;
  let lastMs = -intervalMs;
  let tookMs = 0;
  // One at a time, because they use the same file beside.
  let last: Promise<void> = Promise.resolve();

  const write = async (): Promise<void> => {
    if (!isChanged) return;
    isChanged = false;
    isSaving = true;
    const savedEvents = unsavedEvents;
    const startedMs = performance.now();
    try {
      await replaceFile(disk, path, `${JSON.stringify({ version: 1, inputs: positions() })}\n`);
      isFailing = false;
      onSaved();
    } catch (error) {
      onFailure();
      if (!isFailing) log.error({ path, reason: describeError(error) }, 'the checkpoint cannot be written');
      isFailing = true;
      touch(0);
    }
    isSaving = false;
    lastMs = performance.now();
    tookMs = lastMs - startedMs;
    // What could not be saved does not hold up the log: a restart writes more of it again, and loses nothing.
    unsavedEvents -= savedEvents;
  };
  const save = (): Promise<void> => {
    last = last.then(write);
    return last;
  };
  const saveAfter = (waitMs: number): void => {
    timer = setTimeout(() => {
      timer = undefined;
      void save();
    }, waitMs).unref();
  };
  const touch = (events = 1): void => {
    const wasMany = unsavedEvents >= maxEvents / 2;
    isChanged = true;
    unsavedEvents += events;
    if (!wasMany && unsavedEvents >= maxEvents / 2 && !isFailing) {
      clearTimeout(timer);
      saveAfter(0);
      return;
    }
    // Many files make large checkpoints: they may not take all of the time.
    if (timer === undefined) saveAfter(Math.max(0, lastMs + Math.max(intervalMs, tookMs * 10) - performance.now()));
  };

  try {
    await mkdir(folder, { recursive: true });
    await (await disk.open(`${path}.new`, 'w', 0o600)).close();
  } catch (error) {
    throw new AppError(
      'STATE_DIR_UNWRITABLE',
      `cannot write the checkpoint ${path}: ${describeError(error)}`,
      'Mount a volume at stateDir that the user of the adapter may write to.',
      { cause: error },
    );
  }
  return {
    touch,
    save,
    get isFull() {
      return unsavedEvents >= maxEvents;
    },
    async waitForRoom(timeoutMs) {
      if (unsavedEvents < maxEvents) return;
      const expired = new AbortController();
      if (!isSaving) void save();
      await Promise.race([last, sleep(timeoutMs, undefined, { signal: expired.signal }).catch(() => undefined)]);
      expired.abort();
    },
  };
}

/** At full speed that is a twentieth of a second. */
const MAX_EVENTS = 16_384;

const FILE_NAME = 'positions.json';

async function replaceFile(disk: Disk, path: string, text: string): Promise<void> {
  const beside = `${path}.new`;
  const file = await disk.open(beside, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await disk.rename(beside, path);
  const folder = await disk.open(dirname(path), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
