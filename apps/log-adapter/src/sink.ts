/**
 * The one way out: every line of the process goes through here, so that lines never interleave, and the reader learns
 * when the other side has taken them. A pipe that nobody reads fills up; then the sink is full, and reading stops.
 */
import type { Writable } from 'node:stream';
import type { DestinationStream } from 'pino';
import { LineBuffer } from './line-buffer.ts';

export interface Sink extends DestinationStream {
  /** One line, or several, each with its newline. */
  write(lines: string): void;
  /** More waits to be taken than is good. */
  readonly isFull: boolean;
  /** Lines that go out in one piece, by `writeBatch`. */
  startBatch(): LineBuffer;
  /** `onTaken` is called when the system has taken all of it. The batch may not be touched any more. */
  writeBatch(batch: LineBuffer, onTaken: () => void): void;
  /** Resolves when the sink is not full any more, at the latest after the time. */
  waitForRoom(timeoutMs: number): Promise<void>;
  /** Resolves when everything was taken, at the latest after the time; true if it was. */
  flush(timeoutMs: number): Promise<boolean>;
}

/** So much may wait: enough that the next lines are made while the last ones are read on the other side. */
const MAX_WAITING_BYTES = 524_288;

/** Batches that were taken are used again, so many of them and up to this size. */
const MAX_SPARE_BATCHES = 4;
const MAX_SPARE_BYTES = 1_048_576;

/** `onError` is told once; after that nothing is taken, and nothing is reported as taken. */
export function createSink(
  stream: Writable,
  onError: (error: Error) => void,
  { maxWaitingBytes = MAX_WAITING_BYTES } = {},
): Sink {
  const spare: LineBuffer[] = [];
  let wake: (() => void)[] = [];
  stream.once('error', (error: Error) => {
    // Further ones say the same; without a listener they would end the process.
    stream.on('error', () => undefined);
    onError(error);
  });
  const isFull = (): boolean => stream.writableLength >= maxWaitingBytes;
  const write = (bytes: Buffer, onTaken: () => void): void => {
    stream.write(bytes, (error) => {
      if (error !== null && error !== undefined) return;
      onTaken();
      if (isFull()) return;
      for (const resolve of wake) resolve();
      wake = [];
    });
  };

  return {
    get isFull() {
      return isFull();
    },
    write: (text) => write(Buffer.from(text), () => undefined),
    startBatch: () => spare.pop() ?? new LineBuffer(),
    writeBatch(batch, onTaken) {
      write(batch.bytes, () => {
        if (spare.length < MAX_SPARE_BATCHES && batch.capacityBytes <= MAX_SPARE_BYTES) {
          batch.clear();
          spare.push(batch);
        }
        onTaken();
      });
    },
    async waitForRoom(timeoutMs) {
      if (!isFull()) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      wake.push(resolve);
      const timer = setTimeout(resolve, timeoutMs);
      await promise;
      clearTimeout(timer);
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
