import { expect, test } from 'vitest';
import { formatEvent, formatSeconds } from './event-format.ts';

const TIME = new Date('2026-11-23T22:34:28.123Z');

test('writes a header, the message and the values that are there', () => {
  const event = {
    severity: 'NOTE',
    source: 'orders.http',
    message: 'GET /orders/17 answered 200',
    values: { 'request-id': 'abc', traceparent: undefined, status: 200, took: formatSeconds(12.4) },
  } as const;
  expect(formatEvent(event, TIME)).toBe(
    '== 23.11.2026 22:34:28,123 == NOTE == orders.http ==\n' +
      'GET /orders/17 answered 200\n' +
      '  .request-id = abc\n' +
      '  .status = 200\n' +
      '  .took = 0.012s\n',
  );
});

test('ends with the stack of the error, and nothing else of it', () => {
  const error = new Error('refused\nby the other side');
  error.stack = 'Error: refused\nby the other side\n    at connect (net.js:1:2)\n\tat open (net.js:3:4)\nand more';
  const event = { severity: 'FAIL', source: 'orders.catalog', message: 'refused', error } as const;
  expect(formatEvent(event, TIME)).toBe(
    '== 23.11.2026 22:34:28,123 == FAIL == orders.catalog ==\n' +
      'refused\n' +
      '    at connect (net.js:1:2)\n' +
      '    at open (net.js:3:4)\n',
  );
});

test('lets no message and no value begin a line', () => {
  const forged = 'a\r\n== 01.01.2026 00:00:00,000 == NOTE == forged ==';
  const text = formatEvent({ severity: 'WARN', source: 'test', message: forged, values: { key: forged } }, TIME);
  expect(text.split('\n')).toHaveLength(4);
  expect(text).toContain('\na  == 01.01.2026');
  expect(text).toContain('\n  .key = a  == 01.01.2026');
});
