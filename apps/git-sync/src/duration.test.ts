import { expect, test } from 'vitest';
import { parseDurationMs } from './duration.ts';

test.each([
  ['0', 0],
  ['0s', 0],
  ['10s', 10_000],
  ['500ms', 500],
  ['1m30s', 90_000],
  ['1.5h', 5_400_000],
  ['.5s', 500],
  ['250us', 0.25],
  ['1h2m3s4ms', 3_723_004],
])('%s is %d ms', (text, expectedMs) => {
  expect(parseDurationMs(text)).toBeCloseTo(expectedMs);
});

test.each(['', '10', '-1s', '1d', 's', '1s ', ' 1s', '1m,30s', '1e3s', 'ten'])('%j is no duration', (text) => {
  expect(parseDurationMs(text)).toBeUndefined();
});
