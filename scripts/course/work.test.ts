import { expect, test } from 'vitest';
import type { Lesson } from './lesson.ts';
import { chooseWork } from './work.ts';

const lesson = (number: number, slug: string) =>
  ({ number, slug, title: slug, checks: [{ id: 'a' }, { id: 'b' }] }) as unknown as Lesson;
const LESSONS = [lesson(0, 'zero'), lesson(1, 'a-pod')];
const NOW = new Date('2026-11-27T12:00:00Z');
const ZERO_DONE = { '0/a': 'x', '0/b': 'x' };

test.each([
  ['the first that is not done', { passed: ZERO_DONE }, undefined, 'Lesson 1: a-pod'],
  ['the last, when all are done', { passed: { ...ZERO_DONE, '1/a': 'x', '1/b': 'x' } }, undefined, 'Lesson 1: a-pod'],
  ['the fault that is planted', { passed: {}, fault: 7 }, undefined, 'Fault 7, in the namespace break-7'],
  ['the lesson that is named, whatever is planted', { passed: {}, fault: 7 }, '1', 'Lesson 1: a-pod'],
  ['a lesson by its name', { passed: {} }, 'a-pod', 'Lesson 1: a-pod'],
  ['a lesson by the name of its page', { passed: {} }, '01-a-pod', 'Lesson 1: a-pod'],
])('chooses %s', (_, progress, argument, title) => {
  expect(chooseWork(LESSONS, progress, argument).title).toBe(title);
});

test('a lesson that does not exist is refused, with those there are', () => {
  expect(() => chooseWork(LESSONS, { passed: {} }, '9')).toThrow('there is no lesson "9"');
});

test('keeps what passed of a lesson; a fault that is mended is no longer planted', () => {
  const ofLesson = chooseWork(LESSONS, { passed: {} }, '1');
  expect(ofLesson.keep({ passed: {} }, ofLesson.checks.slice(1), NOW)).toEqual({
    passed: { '1/b': NOW.toISOString() },
  });
  const ofFault = chooseWork(LESSONS, { passed: {}, fault: 7 }, undefined);
  expect(ofFault.keep({ passed: {}, fault: 7 }, [], NOW)).toEqual({ passed: {}, fault: 7 });
  expect(ofFault.keep({ passed: {}, fault: 7 }, ofFault.checks, NOW)).toEqual({
    passed: { 'break/7': NOW.toISOString() },
  });
});
