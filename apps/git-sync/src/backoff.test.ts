import { expect, test } from 'vitest';
import { backoffMs } from './backoff.ts';

test('doubles from the base up to a minute', () => {
  const full = [1, 2, 3, 4, 5, 50].map((failures) => backoffMs({ baseMs: 10_000, failures, random: () => 1 }));
  expect(full).toEqual([10_000, 20_000, 40_000, 60_000, 60_000, 60_000]);
});

test('leaves out up to half of it', () => {
  expect(backoffMs({ baseMs: 10_000, failures: 2, random: () => 0 })).toBe(10_000);
  expect(backoffMs({ baseMs: 10_000, failures: 2, random: () => 0.5 })).toBe(15_000);
});

test('is never shortened below the period by the limit', () => {
  expect(backoffMs({ baseMs: 300_000, failures: 9, random: () => 1 })).toBe(300_000);
});
