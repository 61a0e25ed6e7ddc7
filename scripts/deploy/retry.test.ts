import { expect, test } from 'vitest';
import { retryDelayMs } from './retry.ts';

const never = () => 0;
const always = () => 1;

test.each([
  ['no answer', { message: 'reset' }],
  ['too many requests', { status: 429, message: '' }],
  ['a server error', { status: 500, message: 'etcd' }],
  ['an overloaded server', { status: 503, message: '' }],
])('repeats after %s', (_name, failure) => {
  expect(retryDelayMs(failure, 1, never)).toBe(50);
  expect(retryDelayMs(failure, 1, always)).toBe(100);
});

test.each([
  { status: 400, message: '' },
  { status: 403, message: '' },
  { status: 404, message: '' },
  { status: 409, message: '' },
  { status: 422, message: '' },
  { status: 500, message: 'failed to create typed patch object (x): .spec.foo: field not declared in schema' },
])('does not repeat $status $message', (failure) => {
  expect(retryDelayMs(failure, 1, never)).toBeUndefined();
});

test('doubles the pause up to a limit, and waits at least as long as the server asks', () => {
  const failure = { status: 503, message: '' };
  expect([1, 2, 3, 4, 20].map((attempt) => retryDelayMs(failure, attempt, always))).toEqual([
    100, 200, 400, 800, 3_000,
  ]);
  expect(retryDelayMs({ ...failure, retryAfter: '7' }, 1, never)).toBe(7_000);
  expect(retryDelayMs({ ...failure, retryAfter: 'Wed, 21 Oct 2026 07:28:00 GMT' }, 1, always)).toBe(100);
});

test('repeats two writes of the same moment, but not for ever', () => {
  const failure = { status: 409, message: '', isContention: true };
  expect([1, 2, 3].map((attempt) => retryDelayMs(failure, attempt, never))).toEqual([50, 100, undefined]);
});

test('repeats for some seconds where access is denied: a server that has just started does not know the roles yet', () => {
  const failure = { status: 403, message: '', isAccessDenied: true };
  const delays = [1, 2, 3, 4, 5, 6, 7].map((attempt) => retryDelayMs(failure, attempt, always));
  expect(delays).toEqual([100, 200, 400, 800, 1_600, 3_000, undefined]);
});

test('gives a plain 500 three attempts, because it seldom passes', () => {
  expect(retryDelayMs({ status: 500, message: '' }, 3, never)).toBeUndefined();
});
