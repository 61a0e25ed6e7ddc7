import { expect, test } from 'vitest';
import { createSteadyDate } from './steady-date.ts';

const readings = (...times: readonly number[]): number[] => {
  const source = [...times];
  const steady = createSteadyDate(() => source.shift() ?? Number.NaN);
  return times.map(() => steady());
};

test('goes as the clock goes, forward by any step', () => {
  expect(readings(1_000, 1_001, 1_001, 90_000_000)).toStrictEqual([1_000, 1_001, 1_001, 90_000_000]);
});

test('stands still while the clock was set back a little', () => {
  expect(readings(100_000, 99_000, 99_999, 100_001)).toStrictEqual([100_000, 100_000, 100_000, 100_001]);
});

test('believes a clock that was set back by much', () => {
  expect(readings(90_000_000, 1_000, 1_001)).toStrictEqual([90_000_000, 1_000, 1_001]);
});
