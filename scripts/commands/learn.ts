/** `npm run learn`: where the learner is in the course, and what comes next; and the way back to its start. */
import { join } from 'node:path';
import type { CommandBody, CommandContext, CommandResult } from '../cli/command.ts';
import { runningCluster, runningEngine } from '../cli/connection.ts';
import { namedCluster, type Cluster } from '../cluster/cluster.ts';
import { removeFaults } from '../course/faults/plant.ts';
import type { Lesson } from '../course/lesson.ts';
import { loadLessons, pagePath } from '../course/lessons.ts';
import { openCourse } from '../course/open-course.ts';
import { checkKey, forgetProgress, nextLesson, readProgress } from '../course/progress.ts';
import { renderCourse } from '../course/render-course.ts';
import { removeNamespaces, restoreLessons } from '../course/reset.ts';
import { command as up } from './up.ts';

async function learn(context: CommandContext): Promise<CommandResult> {
  const { host, options, hasColour, columns } = context;
  const lessons = await loadLessons();
  if (options['reset'] === true) return reset(context, lessons);
  const progress = await readProgress(host.cache);
  return {
    data: {
      next: nextLesson(lessons, progress)?.number,
      lessons: lessons.map((lesson) => ({
        number: lesson.number,
        title: lesson.title,
        page: pagePath(lesson),
        tasks: lesson.checks.map(({ id, task }) => ({ id, task, passed: progress.passed[checkKey(lesson, { id })] })),
      })),
    },
    text: renderCourse(lessons, progress, { color: hasColour, width: columns }),
  };
}

/** What lessons have made goes, what they have changed of the cluster and of the kit is put back. */
async function reset(context: CommandContext, lessons: readonly Lesson[]): Promise<CommandResult> {
  const { host, root, progress, options } = context;
  const made = await madeCluster(context);
  let removed: string[] = [];
  if (made !== undefined) {
    await using open = await openCourse(made, host.signal);
    await progress.step('restore', 'The cluster itself', () => restoreLessons(open.course, lessons));
    // Waits for it, if it has only just been started again.
    await runningCluster(host, root);
    const namespaces = lessons.flatMap((lesson) => lesson.namespaces);
    removed = await progress.step('lessons', 'What the lessons made', async () => [
      ...(await removeNamespaces(open.client, namespaces, host.signal)),
      ...(await removeFaults(open.client, host.signal)),
    ]);
  }
  await forgetProgress(host.cache);
  const { data } = await up.run({ ...context, options: { ...options, 'force-conflicts': true } });
  const what = removed.length === 0 ? 'No lesson had left anything' : `Removed: ${removed.join(', ')}`;
  return {
    data: { ...data, removed },
    text: `${what}. The kit is as it was made, and the course begins anew: npm run learn\n`,
  };
}

/** The cluster if its node runs, whatever else does. */
async function madeCluster({ host, root }: CommandContext): Promise<Cluster | undefined> {
  const engine = await runningEngine(host);
  if (engine === undefined) return undefined;
  const cluster = await namedCluster(engine, join(root, 'kind-config.yaml'));
  const { stdout } = await engine.host.attempt('docker', ['inspect', '--format', '{{.State.Running}}', cluster.node]);
  return stdout.trim() === 'true' ? cluster : undefined;
}

export const command: CommandBody = {
  switches: { reset: 'go back to the start: what lessons made goes, the kit is put back, nothing counts as done' },
  examples: ['npm run learn', 'npm run learn -- --reset', 'npm run -s learn -- --json | jq .next'],
  run: learn,
};
