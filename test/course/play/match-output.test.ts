import { expect, test } from 'vitest';
import { describeMismatch } from './match-output.ts';

test.each([
  ['the same', 'a\nb\n', 'a\nb\n'],
  ['blanks at the end', 'a\n', 'a  \n\n\n'],
  ['anything within a line', 'pod/… created in … s', 'pod/a.b created in 4 s'],
  ['nothing within a line', 'a…b', 'ab'],
  ['no lines for a line of it alone', 'a\n…\nb', 'a\nb'],
  ['many lines for a line of it alone', '…\nb\n…\nd\n…', 'a\nb\nc\nb\nd\ne'],
  ['marks of regular expressions as they are', 'a.b (c) [d] $e', 'a.b (c) [d] $e'],
])('accepts %s', (_, shown, printed) => {
  expect(describeMismatch(shown, printed)).toBeUndefined();
});

test.each([
  ['another line', 'a\nb', 'a\nc', 'expected: b\nprinted:  c'],
  ['a line too few', 'a\nb', 'a', 'expected: b\nprinted:  nothing more'],
  ['a line too many', 'a', 'a\nb', 'nothing more was expected\nprinted:  b'],
  ['a mark that stands for itself', 'a.b', 'axb', 'expected: a.b\nprinted:  axb'],
  ['anything across lines', 'a…c', 'a\nc', 'expected: a…c\nprinted:  a'],
  ['a line that never comes', '…\nz', 'a\nb', 'expected: z\nprinted:  a'],
])('names %s', (_, shown, printed, message) => {
  expect(describeMismatch(shown, printed)).toContain(message);
});
