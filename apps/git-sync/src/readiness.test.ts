import { expect, test } from 'vitest';
import { createReadiness } from './readiness.ts';

test('is not ready before the first sync, then at any age', () => {
  let clockMs = 0;
  const readiness = createReadiness({ maxAgeMs: 0, clockMs: () => clockMs });
  expect(readiness.checks()).toEqual({ 'first-sync': 'no sync has succeeded yet' });
  readiness.recordSuccess();
  clockMs = 1e9;
  expect(readiness.checks()).toEqual({ 'first-sync': 'ok', 'sync-age': 'ok' });
});

test('says how old the last good sync is once it is too old, and recovers', () => {
  let clockMs = 0;
  const readiness = createReadiness({ maxAgeMs: 60_000, clockMs: () => clockMs });
  readiness.recordSuccess();
  clockMs = 60_000;
  expect(readiness.checks()['sync-age']).toBe('ok');
  clockMs = 65_000;
  expect(readiness.checks()['sync-age']).toBe('the last good sync was 65s ago, more than 60s');
  readiness.recordSuccess();
  expect(readiness.checks()['sync-age']).toBe('ok');
});
