import { expect, test } from 'vitest';
import { readLevel } from './levels.ts';

test('reads the words of the table, and only those, if there is one', () => {
  const levels = { FINE: 'debug', NOTE: 'info' } as const;
  expect(readLevel('FINE', levels)).toBe('debug');
  expect(readLevel('info', levels)).toBeUndefined();
  expect(readLevel('toString', levels)).toBeUndefined();
});

test('reads common words and numbers without a table', () => {
  expect(['Warning', 'ERROR', '30', 'critical'].map((word) => readLevel(word, undefined))).toStrictEqual([
    'warn',
    'error',
    'info',
    'fatal',
  ]);
  expect(readLevel('loud', undefined)).toBeUndefined();
  expect(readLevel('constructor', undefined)).toBeUndefined();
});
