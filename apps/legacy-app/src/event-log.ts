/**
 * The log file. Events are written one after the other in the order they came, each in one write, and a file that is
 * full is put aside before the next event, so that no event is ever split over two files.
 */
import { open, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { formatEvent, type LogEvent } from './event-format.ts';

export interface LogSettings {
  readonly logFile: string;
  readonly logRotateBytes: number;
  readonly logKeep: number;
}

export interface EventLog {
  /** Resolves when the event is in the file, or was lost because the file cannot be written. Never rejects. */
  write(event: LogEvent): Promise<void>;
  /** Uses other settings from the next event on; rejects and keeps the old file if a new one cannot be opened. */
  reconfigure(settings: LogSettings): Promise<void>;
  /** Writes what waits, then closes the file. */
  close(): Promise<void>;
}

/** More events than this do not wait in memory when the disk is stuck; the rest is counted and lost. */
const MAX_WAITING_EVENTS = 1_000;

/** Readable by the group, because whoever collects the log runs as another user of the same group. */
const FILE_MODE = 0o640;

export interface EventLogOptions {
  readonly settings: LogSettings;
  readonly now: () => Date;
  /** Told once when writing begins to fail. */
  readonly onTrouble: (error: Error) => void;
}

/** Opens the log for appending. Rejects with an Error for people if that is not possible. */
export async function openEventLog({ settings, now, onTrouble }: EventLogOptions): Promise<EventLog> {
  let current = settings;
  let { file, size } = await openLogFile(settings.logFile);
  let waiting = 0;
  let lost = 0;
  let isFailing = false;
  /** A write that failed may have left half a line. */
  let isTorn = false;
  // Every step that touches the file hangs on the one before.
  let last: Promise<void> = Promise.resolve();

  /** The file in use stays open, and is written on, if the other one cannot be opened. */
  const use = async (path: string): Promise<void> => {
    const opened = await openLogFile(path);
    await file.close();
    ({ file, size } = opened);
    isTorn = false;
  };

  const append = async (text: string): Promise<void> => {
    const bytes = Buffer.byteLength(text);
    if (size > 0 && size + bytes > current.logRotateBytes) {
      await putAside(current.logFile, current.logKeep);
      await use(current.logFile);
    }
    const isAfterHalfALine = isTorn;
    isTorn = true;
    await file.appendFile(isAfterHalfALine ? `\n${text}` : text);
    isTorn = false;
    size += bytes;
  };

  const appendEvent = async (event: LogEvent, time: Date): Promise<void> => {
    try {
      if (lost > 0) {
        const message = `${lost} events were lost because the log could not be written`;
        await append(formatEvent({ severity: 'WARN', source: 'orders.log', message }, now()));
        lost = 0;
      }
      await append(formatEvent(event, time));
      isFailing = false;
    } catch (error) {
      lost += 1;
      if (!isFailing) onTrouble(error as Error);
      isFailing = true;
    }
  };

  return {
    write(event) {
      if (waiting >= MAX_WAITING_EVENTS) {
        lost += 1;
        return Promise.resolve();
      }
      const time = now();
      waiting += 1;
      last = last.then(() => appendEvent(event, time)).finally(() => (waiting -= 1));
      return last;
    },
    reconfigure(next) {
      const before = last;
      const step = (async () => {
        await before;
        if (next.logFile !== current.logFile) await use(next.logFile);
        current = next;
      })();
      last = step.catch(() => undefined);
      return step;
    },
    async close() {
      await last;
      await file.close();
    },
  };
}

async function openLogFile(path: string): Promise<{ file: FileHandle; size: number }> {
  try {
    const file = await open(path, 'a', FILE_MODE);
    const { size, mode } = await file.stat();
    // A narrow umask would have taken the group's right away. Not our file: leave it as it is.
    if ((mode & 0o777) !== FILE_MODE) await file.chmod(FILE_MODE).catch(() => undefined);
    return { file, size };
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const reason = isMissing ? `the folder ${dirname(path)} does not exist` : (error as Error).message;
    throw new Error(`cannot open the log file ${path}: ${reason}`, { cause: error });
  }
}

/** legacy.log becomes legacy.log.1, that becomes .2, and so on; the oldest goes. */
async function putAside(path: string, keep: number): Promise<void> {
  // Somebody took the file away: nothing to put aside.
  if ((await stat(path).catch(() => undefined)) === undefined) return;
  await rm(`${path}.${keep}`, { force: true });
  for (let number = keep - 1; number >= 0; number -= 1) {
    const from = number === 0 ? path : `${path}.${number}`;
    await rename(from, `${path}.${number + 1}`).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
  }
}
