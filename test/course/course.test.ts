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
import { watchNodeMemory, type NodeMemory } from '../support/node-memory.ts';
import { root } from '../support/root.ts';
import { playOnCluster } from './play-on-cluster.ts';

const lessons = await loadLessons();
const disturbing = lessons.filter(({ isDisturbing }) => isDisturbing === true);
const others = lessons.filter((lesson) => !disturbing.includes(lesson));
const namespaces = lessons.flatMap((lesson) => lesson.namespaces);

/** What a laptop with 4 GiB can spare. */
const MAX_NODE_MIB = 3 * 1_024;

let open: OpenCourse;
let memory: NodeMemory;
const { signal } = new AbortController();

beforeAll(async () => {
  const cluster = await runningCluster(createHost(process.env, signal), root);
  open = await openCourse(cluster, signal);
  memory = watchNodeMemory(cluster);
  // A run that was killed in a lesson which disturbs the others may have left the cluster like that.
  await restoreLessons(open.course, lessons);
  return async () => {
    await memory[Symbol.asyncDispose]();
    await open[Symbol.asyncDispose]();
  };
});

test.concurrent.each(others)('lesson $number, $title', async (lesson) => {
  expect(await playOnCluster(open, lesson)).toEqual(lesson.checks.map(({ id }) => id));
});

test.each(disturbing)('lesson $number, $title (alone)', async (lesson) => {
  expect(await playOnCluster(open, lesson)).toEqual(lesson.checks.map(({ id }) => id));
});

test('the whole course fits a laptop with 4 GiB, even with a few lessons at once', () => {
  process.stdout.write(`the node with the kit and the lessons: ${Math.round(memory.peakMib)} MiB at most\n`);
  expect(memory.peakMib).toBeGreaterThan(0);
  expect(memory.peakMib).toBeLessThan(MAX_NODE_MIB);
});

test('afterwards no lesson has left a namespace, and the kit is as it was', async () => {
  expect(await removeNamespaces(open.client, namespaces, signal)).toEqual([]);
  const { objects, cluster } = await runUp();
  expect(cluster.created).toBe(false);
  expect(objects.filter(({ action }) => action !== 'unchanged')).toEqual([]);
});
