/** Every lesson: its page, its tasks, its terms and its manifests, as far as they can be judged without a cluster. */
import { basename } from 'node:path';
import { expect, test } from 'vitest';
import { loadLessons, pagePath } from '../../../scripts/course/lessons.ts';
import { APP_IMAGES, repository } from '../../../scripts/images/catalog.ts';
import { readLesson } from '../read-lesson.ts';
import { conceptFaults } from './concepts.ts';
import { pageFaults } from './page-faults.ts';

const lessons = await loadLessons();
const pairs = lessons.slice(1).map((after, index) => ({ before: lessons[index] ?? after, after }));
const images = APP_IMAGES.map(({ name }) => `${repository(name)}:dev`);

test.each(lessons)('$number $slug: its page keeps the rules', async (lesson) => {
  expect(pageFaults(await readLesson(lesson))).toEqual([]);
});

test.each(lessons)('$number $slug: its manifests use what is on the node, in its own namespaces', (lesson) => {
  expect(conceptFaults(lesson, images)).toEqual([]);
});

test.each(pairs)('$before.number $before.slug: its page leads to the next one', async ({ before, after }) => {
  expect((await readLesson(before)).text).toContain(`](${basename(pagePath(after))})`);
});

test('no two lessons have a number, a namespace or a term in common', () => {
  const named = lessons.flatMap(({ number, namespaces, terms }) => [
    `lesson ${number}`,
    ...namespaces.map((namespace) => `namespace ${namespace}`),
    ...terms.map(({ name }) => `term ${name.toLowerCase()}`),
  ]);
  expect(named.filter((name, index) => named.indexOf(name) !== index)).toEqual([]);
});

test('every namespace of a lesson begins with lesson-, so that it is told from what is not the course’s', () => {
  expect(lessons.flatMap(({ namespaces }) => namespaces).filter((name) => !name.startsWith('lesson-'))).toEqual([]);
});

test.each(lessons)('$number $slug: tasks and terms are sentences', ({ checks, terms }) => {
  expect(checks.filter(({ id }) => !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(id))).toEqual([]);
  expect(checks.filter(({ task }) => !task.endsWith('.'))).toEqual([]);
  expect(terms.filter(({ meaning, ecs }) => !meaning.endsWith('.') || !ecs.endsWith('.'))).toEqual([]);
});
