import { expect, test } from 'vitest';
import { createProgress, formatDuration } from './progress.ts';

function record(isInteractive: boolean, columns = 80) {
  const written: string[] = [];
  const write = (text: string) => void written.push(text);
  return { written, progress: createProgress({ write, isInteractive, columns, stream: process.stderr }) };
}

test('elsewhere than on a terminal each event is one plain line', async () => {
  const { written, progress } = record(false);
  const result = await progress.step('build', 'Images', async (note) => {
    note('building one');
    note('building one');
    return 42;
  });
  expect(result).toBe(42);
  expect(written.join('').replace(/\d\.\d s/, 'T')).toBe('… Images\n  building one\n✓ Images T\n');
  expect(progress.durations).toHaveProperty('build');
});

test('what it is at may be a name that somebody has chosen, and is shown and not obeyed', async () => {
  const { written, progress } = record(false);
  await progress.step('lease', 'Lease', async (note) => note('waiting for \u001B[2Jup'));
  expect(written.join('')).toContain(String.raw`waiting for \x1b[2Jup`);
});

test('a step that fails says so and passes the error on', async () => {
  const { written, progress } = record(false);
  await expect(progress.step('build', 'Images', async () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(written.at(-1)).toMatch(/^✗ Images/);
});

test('on a terminal the line is rewritten and never longer than the terminal is wide', async () => {
  const { written, progress } = record(true, 40);
  await progress.step('build', 'Images', async (note) => {
    note('x'.repeat(200));
    await expect.poll(() => written.some((text) => text.includes('xxx'))).toBe(true);
  });
  // oxlint-disable-next-line no-control-regex
  const plain = written.map((text) => text.replace(/\u001B\[[0-9;]*[A-Za-z]|\r/g, ''));
  expect(Math.max(...plain.map((text) => text.length))).toBeLessThanOrEqual(40);
});

test.each([
  [0.44, '0.4 s'],
  [12.4, '12 s'],
  [185, '3 min 05 s'],
])('%d seconds are written as %s', (seconds, text) => {
  expect(formatDuration(seconds)).toBe(text);
});
