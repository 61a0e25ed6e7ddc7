import { expect, test } from 'vitest';
import type { Lesson } from './lesson.ts';
import { renderCourse, renderVerdict } from './render-course.ts';

const plain = { color: false, width: 60 };
const task = 'Make the two containers of the Pod see each other’s processes, please.';
const lesson = (number: number, title: string) =>
  ({
    number,
    slug: 'x',
    title,
    question: `Why ${number}?`,
    minutes: 10,
    checks: [
      { id: 'a', task },
      { id: 'b', task: 'Two.' },
    ],
  }) as unknown as Lesson;

test('shows what is done, what is begun, and the next lesson with its tasks', () => {
  const passed = { '0/a': 'x', '0/b': 'x', '1/a': 'x' };
  expect(renderCourse([lesson(0, 'Nought'), lesson(1, 'One'), lesson(12, 'Twelve')], { passed }, plain)).toBe(
    `✓  0  Nought  done
▸  1  One     1 of 2 tasks
  12  Twelve  10 min

Next: lesson 1. Why 1?
  Read and type: docs/01-x.md
  ✓ Make the two containers of the Pod see each other’s
    processes, please.
  · Two.
  See how far you are: npm run check -- 1
`,
  );
});

test('says so when all is done', () => {
  expect(renderCourse([lesson(0, 'Nought')], { passed: { '0/a': 'x', '0/b': 'x' } }, plain)).toContain(
    'All of it is done.',
  );
});

test('a verdict is shown with what was seen, or why not and what to do', () => {
  expect(renderVerdict({ task }, { state: 'passed', seen: 'both in one list' }, plain)).toBe(
    `✓ Make the two containers of the Pod see each other’s
  processes, please.
    seen: both in one list`,
  );
  const reason = 'the Pod has no such setting, and the container sees three processes only';
  expect(renderVerdict({ task: 'Two.' }, { state: 'not-yet', reason, next: 'apply it' }, plain)).toBe(
    `· Two.
    not yet: the Pod has no such setting, and the container
             sees three processes only
    → apply it`,
  );
  expect(renderVerdict({ task: 'Two.' }, { state: 'wrong', reason: 'odd', next: 'undo' }, plain)).toContain(
    '✗ Two.\n    wrong: odd\n    → undo',
  );
});
