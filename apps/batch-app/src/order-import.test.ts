import { expect, test } from 'vitest';
import { importOrders, nextFile } from './order-import.ts';
import type { LogEvent } from './rolling-log.ts';

function run(number: number) {
  const events: LogEvent[] = [];
  let nowMs = 0;
  const isDone = importOrders(nextFile(number), {
    write: (event) => void events.push(event),
    nowMs: () => (nowMs += 1.5),
  });
  return { isDone, events };
}

test('an import that goes well is told of, with what it did and how long it took', () => {
  const { isDone, events } = run(1);
  expect(isDone).toBe(true);
  expect(events.map(({ level, message }) => `${level} ${message}`)).toEqual([
    'DEBUG Reading 20 lines',
    'INFO Import finished',
  ]);
  expect(events.at(-1)).toMatchObject({
    context: { run: 1, file: 'orders-0001.csv' },
    values: { took: '1.500ms', read: 20, skipped: 0 },
  });
});

test('a line without an amount is left out with a warning', () => {
  const { isDone, events } = run(3);
  expect(isDone).toBe(true);
  expect(events[1]).toMatchObject({ level: 'WARN', message: 'Line 8 has no amount' });
  expect(events.at(-1)).toMatchObject({ values: { read: 19, skipped: 1 } });
});

test('an amount that is no number ends it, with the exception and its cause', () => {
  const { isDone, events } = run(5);
  expect(isDone).toBe(false);
  expect(events.at(-1)).toMatchObject({
    level: 'ERROR',
    message: 'Import failed',
    values: { read: 11 },
    error: { className: 'com.example.batch.ImportException', cause: { className: 'java.lang.NumberFormatException' } },
  });
});
