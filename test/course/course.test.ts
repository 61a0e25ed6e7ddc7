/**
 * Every lesson, played on the running kit as a learner types it. Most of the time of a lesson is waiting, so a few go on
 * at once; those that disturb the cluster are played alone, after the others.
 */
import { beforeAll, expect, test } from 'vitest';
import type { Lesson } from '../../scripts/course/lesson.ts';
import { loadLessons } from '../../scripts/course/lessons.ts';
import { openCourse, type OpenCourse } from '../../scripts/course/open-course.ts';
import { removeNamespaces, restoreLessons } from '../../scripts/course/reset.ts';
import { runningCluster } from '../../scripts/cli/connection.ts';
import { createHost } from '../../scripts/host/host.ts';
import { runUp } from '../support/kit.ts';
import { root } from '../support/root.ts';
import { startBash } from './play/bash-session.ts';
import { playLesson } from './play/play-lesson.ts';
import { readLesson } from './read-lesson.ts';

const VERDICT_TIMEOUT_MS = 60_000;

const lessons = await loadLessons();
const disturbing = lessons.filter(({ isDisturbing }) => isDisturbing === true);
const others = lessons.filter((lesson) => !disturbing.includes(lesson));

let open: OpenCourse;
const { signal } = new AbortController();

beforeAll(async () => {
  await runUp();
  open = await openCourse(await runningCluster(createHost(process.env, signal), root), signal);
  // A run that was killed may have left something.
  await restoreLessons(open.course, lessons);
  const namespaces = lessons.flatMap((lesson) => lesson.namespaces);
  await removeNamespaces(open.client, namespaces, signal);
  return () => open[Symbol.asyncDispose]();
});

/** The tasks that passed. */
async function play(lesson: Lesson): Promise<string[]> {
  await using bash = await startBash(root);
  const { course: cluster } = open;
  const page = await readLesson(lesson);
  return await playLesson({ ...page, cluster, bash, verdictTimeoutMs: VERDICT_TIMEOUT_MS, note: () => undefined });
}

test.concurrent.each(others)('lesson $number, $title', async (lesson) => {
  expect(await play(lesson)).toEqual(lesson.checks.map(({ id }) => id));
});

test.each(disturbing)('lesson $number, $title (alone)', async (lesson) => {
  expect(await play(lesson)).toEqual(lesson.checks.map(({ id }) => id));
});

test('afterwards no lesson has left a namespace, and the kit is as it was', async () => {
  const left = await removeNamespaces(
    open.client,
    lessons.flatMap((lesson) => lesson.namespaces),
    signal,
  );
  expect(left).toEqual([]);
  const { objects, cluster } = await runUp();
  expect(cluster.created).toBe(false);
  expect(objects.filter(({ action }) => action !== 'unchanged')).toEqual([]);
});
