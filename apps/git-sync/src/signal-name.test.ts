import { expect, test } from 'vitest';
import { parseSignal } from './signal-name.ts';

test.each(['SIGHUP', 'HUP', 'hup', '1'])('%s is SIGHUP', (text) => {
  expect(parseSignal(text)).toBe('SIGHUP');
});

test.each(['', '0', '-1', 'SIGNOPE', '1.0', '999', 'toString'])('%j is no signal', (text) => {
  expect(parseSignal(text)).toBeUndefined();
});
