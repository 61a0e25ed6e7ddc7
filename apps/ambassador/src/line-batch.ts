/**
 * Log lines on their way to stdout, written many at a time: under load one write for each line would cost as much as
 * the request that it tells of. What has not been written yet when the process exits is written then.
 */
import { writeSync } from 'node:fs';

/** As much as is written at once. */
const BATCH_CHARACTERS = 16_384;
/** How late a line may be. */
const MAX_DELAY_MS = 50;
/** For a reader that is slower than us. */
const RETRY_MS = 5;

export interface LineBatch {
  write(line: string): void;
}

/** Lines for a file descriptor, in their order. A reader that stands still holds up the process, but loses nothing. */
export function createLineBatch(fd: number): LineBatch {
  let text = '';
  let timer: NodeJS.Timeout | undefined;
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    const bytes = Buffer.from(text);
    text = '';
    writeWhole(fd, bytes);
  };
  process.on('exit', flush);
  return {
    write(line) {
      text += line;
      if (text.length >= BATCH_CHARACTERS) flush();
      else timer ??= setTimeout(flush, MAX_DELAY_MS);
    },
  };
}

function writeWhole(fd: number, bytes: Buffer): void {
  let written = 0;
  while (written < bytes.length) {
    try {
      written += writeSync(fd, bytes, written);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // Nobody reads any more; requests are answered all the same.
      if (code === 'EPIPE') return;
      if (code !== 'EAGAIN') throw error;
      // A pipe that is full, and that something has set to non-blocking.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
    }
  }
}
