import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createRollingLog, formatEvent } from './rolling-log.ts';
import { Throwable } from './throwable.ts';

const TIME = new Date('2026-11-23T22:34:28.123Z');

test('an event has a first line, its values, and the stack trace with the cause', () => {
  const outer = [
    { method: 'com.example.A.run', at: 'A.java:2' },
    { method: 'java.lang.Thread.run', at: 'Thread.java:9' },
  ];
  const inner = [{ method: 'com.example.B.read', at: 'B.java:5' }, ...outer];
  const cause = new Throwable('java.io.IOException', 'reset', inner);
  const error = new Throwable('com.example.AException', 'no order', outer, cause);
  const text = formatEvent(
    {
      level: 'WARN',
      thread: 'main',
      logger: 'com.example.A',
      context: { run: 7, file: 'a.csv' },
      message: 'It failed\nbut not by much',
      values: { took: '12ms' },
      error,
    },
    TIME,
  );
  expect(text).toBe(
    [
      '2026-11-23 22:34:28,123 WARN  [main] com.example.A [run=7 file=a.csv] - It failed but not by much',
      '\ttook=12ms',
      'com.example.AException: no order',
      '\tat com.example.A.run(A.java:2)',
      '\tat java.lang.Thread.run(Thread.java:9)',
      'Caused by: java.io.IOException: reset',
      '\tat com.example.B.read(B.java:5)',
      '\t... 2 more',
      '',
    ].join('\n'),
  );
});

test('a full file is put aside before the next event, and only so many are kept', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'batch-app-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const logFile = join(folder, 'batch.log');
  const write = createRollingLog({ logFile, logMaxBytes: 1_024, logKeep: 2 }, () => TIME);
  const numbers = Array.from({ length: 60 }, (_, index) => `number ${index} of them`);
  for (const message of numbers) write({ level: 'INFO', thread: 'main', logger: 'com.example.A', message });

  expect((await readdir(folder)).sort()).toEqual(['batch.log', 'batch.log.1', 'batch.log.2']);
  const texts = await Promise.all(['.2', '.1', ''].map((end) => readFile(`${logFile}${end}`, 'utf8')));
  for (const text of texts) expect(Buffer.byteLength(text)).toBeLessThanOrEqual(1_024);
  const found = texts.join('').match(/number \d+ of them/g) ?? [];
  expect(found).toEqual(numbers.slice(-found.length));
  expect(found.length).toBeGreaterThan(20);
  expect((await stat(logFile)).mode & 0o777).toBe(0o640);
});
