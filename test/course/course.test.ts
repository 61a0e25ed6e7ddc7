/**
 * Every lesson, played on the running kit as a learner types it. Most of the time of a lesson is waiting, so a few go on
 * at once; those that disturb the cluster are played alone, after the others.
 */
import { beforeAll, expect, test } from 'vitest';
import { runningCluster } from '../../scripts/cli/connection.ts';
import { loadLessons } from '../../scripts/course/lessons.ts';
import { openCourse, type OpenCourse } from '../../scripts/course/open-course.ts';
import { removeNamespaces, restoreLessons } from '../../scripts/course/reset.ts';
import { createHost } from '../../scripts/host/host.ts';
import { runUp } from '../support/kit.ts';
import { root } from '../support/root.ts';
import { playOnCluster } from './play-on-cluster.ts';

const lessons = await loadLessons();
const disturbing = lessons.filter(({ isDisturbing }) => isDisturbing === true);
const others = lessons.filter((lesson) => !disturbing.includes(lesson));
const namespaces = lessons.flatMap((lesson) => lesson.namespaces);

let open: OpenCourse;
const { signal } = new AbortController();

beforeAll(async () => {
  open = await openCourse(await runningCluster(createHost(process.env, signal), root), signal);
  // A run that was killed in a lesson which disturbs the others may have left the cluster like that.
  await restoreLessons(open.course, lessons);
  return () => open[Symbol.asyncDispose]();
});

test.concurrent.each(others)('lesson $number, $title', async (lesson) => {
  expect(await playOnCluster(open, lesson)).toEqual(lesson.checks.map(({ id }) => id));
});

test.each(disturbing)('lesson $number, $title (alone)', async (lesson) => {
  expect(await playOnCluster(open, lesson)).toEqual(lesson.checks.map(({ id }) => id));
});

test('afterwards no lesson has left a namespace, and the kit is as it was', async () => {
  expect(await removeNamespaces(open.client, namespaces, signal)).toEqual([]);
  const { objects, cluster } = await runUp();
  expect(cluster.created).toBe(false);
  expect(objects.filter(({ action }) => action !== 'unchanged')).toEqual([]);
});
