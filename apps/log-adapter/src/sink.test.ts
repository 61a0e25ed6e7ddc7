import { Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { createSink, type Sink } from './sink.ts';

/** A stream that takes one write at a time, when told to. */
function createSlowStream() {
  const waiting: { text: string; taken: (error?: Error) => void }[] = [];
  const stream = new Writable({
    highWaterMark: 10,
    // Read when it is asked for: until it is taken, the bytes have to stay as they are.
    write: (bytes: Buffer, _encoding, taken) =>
      void waiting.push({
        get text() {
          return bytes.toString();
        },
        taken,
      }),
  });
  return { stream, waiting };
}

function writeBatch(sink: Sink, lines: readonly string[], onTaken: () => void): void {
  const batch = sink.startBatch();
  for (const line of lines) batch.add(line);
  sink.writeBatch(batch, onTaken);
}

describe('a batch', () => {
  test('is one write, and is taken when the stream has taken it', () => {
    const { stream, waiting } = createSlowStream();
    const sink = createSink(stream, () => undefined, { maxWaitingBytes: 10 });
    const taken: string[] = [];
    writeBatch(sink, ['one\n', 'two\n'], () => taken.push('batch'));
    sink.write('three\n');
    expect(waiting.map(({ text }) => text)).toStrictEqual(['one\ntwo\n']);
    expect(taken).toStrictEqual([]);
  });

  test('is told to be taken in the order of writing', async () => {
    const written: string[] = [];
    const stream = new Writable({
      write: (bytes: Buffer, _encoding, callback) => {
        written.push(bytes.toString());
        setImmediate(callback);
      },
    });
    const sink = createSink(stream, () => undefined, { maxWaitingBytes: 10 });
    const taken: number[] = [];
    for (const number of [1, 2, 3]) {
      writeBatch(sink, [`${number}\n`], () => taken.push(number));
    }
    expect(await sink.flush(5_000)).toBe(true);
    expect(taken).toStrictEqual([1, 2, 3]);
    expect(written.join('')).toBe('1\n2\n3\n');
  });

  test('that fails is not taken, and that is told once', async () => {
    const { stream, waiting } = createSlowStream();
    const errors: string[] = [];
    const sink = createSink(stream, ({ message }) => errors.push(message));
    const taken: string[] = [];
    writeBatch(sink, ['one\n'], () => taken.push('one'));
    waiting[0]?.taken(new Error('EPIPE'));
    expect(await sink.flush(5_000)).toBe(false);
    sink.write('more\n');
    expect(await sink.flush(5_000)).toBe(false);
    expect([errors, taken]).toStrictEqual([['EPIPE'], []]);
  });
});

test('a batch that waits is not used again before it was taken', async () => {
  const { stream, waiting } = createSlowStream();
  const sink = createSink(stream, () => undefined, { maxWaitingBytes: 1_000 });
  const taken: string[] = [];
  const take = async (index: number): Promise<void> => {
    await expect.poll(() => waiting.length).toBe(index + 1);
    taken.push(waiting[index]?.text ?? '');
    waiting[index]?.taken();
  };
  for (const text of ['one\n', 'two\n']) writeBatch(sink, [text], () => undefined);
  await take(0);
  for (const text of ['three\n', 'four\n']) writeBatch(sink, [text], () => undefined);
  for (const index of [1, 2, 3]) await take(index);
  expect(taken).toStrictEqual(['one\n', 'two\n', 'three\n', 'four\n']);
});

test('is full when the stream does not take, and has room when it has taken everything', async () => {
  const { stream, waiting } = createSlowStream();
  const sink = createSink(stream, () => undefined, { maxWaitingBytes: 10 });
  expect(sink.isFull).toBe(false);
  sink.write('more than ten bytes\n');
  expect(sink.isFull).toBe(true);
  await sink.waitForRoom(10);
  expect(sink.isFull).toBe(true);
  expect(await sink.flush(10)).toBe(false);
  const room = sink.waitForRoom(20_000);
  // The write, then the empty one of the flush.
  waiting[0]?.taken();
  await expect.poll(() => waiting.length).toBe(2);
  waiting[1]?.taken();
  await room;
  expect(sink.isFull).toBe(false);
});
