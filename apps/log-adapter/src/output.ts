/**
 * Where the events go. A pipe is left to Node.js, which waits when it is full. A file is written here, because its disk
 * may be full for a while: that is waited for, while the sink fills up and reading stops.
 */
import { fstatSync, writeSync } from 'node:fs';
import { Writable } from 'node:stream';

export interface FileOutputOptions {
  /** Writes to the file: how many bytes of it were taken. */
  readonly write: (bytes: Buffer, offset: number) => number;
  /** It did not take anything, and is tried again. */
  readonly onRetry: (code: string) => void;
  readonly retryMs?: number;
}

/** What passes: no room on the disk, in the quota, or in what is behind the file. */
const PASSING = new Set(['ENOSPC', 'EDQUOT', 'EAGAIN']);

/** stdout: the given stream if it is a pipe, a socket or a terminal; otherwise a stream that waits for its disk. */
export function openOutput(stdout: Writable & { readonly fd: number }, onRetry: (code: string) => void): Writable {
  const { fd } = stdout;
  const stats = fstatSync(fd);
  if (!stats.isFile() && !stats.isCharacterDevice()) return stdout;
  return createFileOutput({ write: (bytes, offset) => writeSync(fd, bytes, offset), onRetry });
}

export function createFileOutput({ write, onRetry, retryMs = 200 }: FileOutputOptions): Writable {
  return new Writable({
    write(bytes: Buffer, _encoding, callback) {
      let offset = 0;
      const writeOn = (): void => {
        try {
          while (offset < bytes.length) offset += write(bytes, offset);
        } catch (error) {
          const { code = '' } = error as NodeJS.ErrnoException;
          if (!PASSING.has(code)) {
            callback(error as Error);
            return;
          }
          onRetry(code);
          setTimeout(writeOn, retryMs);
          return;
        }
        callback();
      };
      writeOn();
    },
  });
}
