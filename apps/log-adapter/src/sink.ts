/**
 * The one way out: every line of the process goes through here, so that lines never interleave, and the reader learns
 * when the other side has taken them. A pipe that nobody reads fills up; then the sink is full, and reading stops.
 */
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { DestinationStream } from 'pino';

export interface Sink extends DestinationStream {
  /** One line, or several, each with its newline. */
  write(lines: string): void;
  /** More than the stream likes to hold waits to be taken. */
  readonly isFull: boolean;
  /** Writes everything that is written inside at once; `onTaken` is called when the system has taken all of it. */
  batch(writeAll: () => void, onTaken: () => void): void;
  /** Resolves when the sink is not full any more, at the latest after the time. */
  waitForRoom(timeoutMs: number): Promise<void>;
  /** Resolves when everything was taken, at the latest after the time; true if it was. */
  flush(timeoutMs: number): Promise<boolean>;
}

/** `onError` is told once; after that nothing is taken, and nothing is reported as taken. */
export function createSink(stream: Writable, onError: (error: Error) => void): Sink {
  let lines: string[] | undefined;
  stream.once('error', (error: Error) => {
    // Further ones say the same; without a listener they would end the process.
    stream.on('error', () => undefined);
    onError(error);
  });

  return {
    get isFull() {
      return stream.writableNeedDrain;
    },
    write(text) {
      if (lines === undefined) stream.write(text);
      else lines.push(text);
    },
    batch(writeAll, onTaken) {
      lines = [];
      try {
        writeAll();
      } finally {
        const text = lines.join('');
        lines = undefined;
        stream.write(text, (error) => {
          if (error === null || error === undefined) onTaken();
        });
      }
    },
    async waitForRoom(timeoutMs) {
      if (!stream.writableNeedDrain) return;
      await once(stream, 'drain', { signal: AbortSignal.timeout(timeoutMs) }).catch(() => undefined);
    },
    async flush(timeoutMs) {
      const { promise, resolve } = Promise.withResolvers<boolean>();
      const timer = setTimeout(resolve, timeoutMs, false);
      stream.write('', (error) => resolve(error === null || error === undefined));
      const isTaken = await promise;
      clearTimeout(timer);
      return isTaken;
    },
  };
}
