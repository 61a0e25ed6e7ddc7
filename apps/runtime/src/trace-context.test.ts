import { expect, test } from 'vitest';
import { formatTraceparent, nextSpan, parseTraceparent } from './trace-context.ts';

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const HEADER = `00-${TRACE_ID}-00f067aa0ba902b7-01`;

test('a valid header is read and written unchanged', () => {
  const context = parseTraceparent(HEADER);
  expect(context).toEqual({ traceId: TRACE_ID, spanId: '00f067aa0ba902b7', flags: '01' });
  expect(context && formatTraceparent(context)).toBe(HEADER);
});

test('a later version with more fields is read as far as it is known', () => {
  expect(parseTraceparent(`cc${HEADER.slice(2)}-what-comes-later`)?.traceId).toBe(TRACE_ID);
});

test.each([
  ['absent', undefined],
  ['empty', ''],
  ['in upper case', HEADER.toUpperCase()],
  ['of version ff', `ff${HEADER.slice(2)}`],
  ['with an all-zero trace id', HEADER.replace(TRACE_ID, '0'.repeat(32))],
  ['with an all-zero span id', HEADER.replace('00f067aa0ba902b7', '0'.repeat(16))],
  ['of version 00 with more fields', `${HEADER}-more`],
  ['cut short', HEADER.slice(0, -1)],
])('a header that is %s is no context', (_what, header) => {
  expect(parseTraceparent(header)).toBeUndefined();
});

test('a span of the same trace has an id of its own; without a parent there is a new trace', () => {
  const parent = parseTraceparent(HEADER);
  const child = nextSpan(parent);
  expect(child.traceId).toBe(TRACE_ID);
  expect(child.spanId).not.toBe(parent?.spanId);
  expect(parseTraceparent(formatTraceparent(nextSpan(undefined)))).toBeDefined();
});
