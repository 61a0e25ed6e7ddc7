/** One lesson on the running kit, from its start: what an earlier run has left is taken away first. */
import type { Lesson } from '../../scripts/course/lesson.ts';
import type { OpenCourse } from '../../scripts/course/open-course.ts';
import { removeNamespaces, restoreLessons } from '../../scripts/course/reset.ts';
import { root } from '../support/root.ts';
import { startBash } from './play/bash-session.ts';
import { playLesson } from './play/play-lesson.ts';
import { readLesson } from './read-lesson.ts';

/** How long the cluster may take to get where a check wants it. */
const VERDICT_TIMEOUT_MS = 120_000;

/** Returns the tasks that passed; throws at the first thing that is not as the page says. */
export async function playOnCluster(
  { course: cluster, client }: OpenCourse,
  lesson: Lesson,
  note: (text: string) => void = () => undefined,
): Promise<string[]> {
  await restoreLessons(cluster, [lesson]);
  await removeNamespaces(client, lesson.namespaces, cluster.signal);
  await using bash = await startBash(root);
  return await playLesson({
    ...(await readLesson(lesson)),
    cluster,
    bash,
    verdictTimeoutMs: VERDICT_TIMEOUT_MS,
    note,
  });
}
