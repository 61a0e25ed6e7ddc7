/** `npm run check [-- LESSON]`: how far the tasks of a lesson are, as the cluster shows it. */
import { AppError } from '../../apps/runtime/src/errors.ts';
import type { CommandBody, CommandContext, CommandResult } from '../cli/command.ts';
import { runningCluster } from '../cli/connection.ts';
import { EXIT } from '../cli/exit-codes.ts';
import type { Lesson } from '../course/lesson.ts';
import { loadLessons, paddedNumber } from '../course/lessons.ts';
import { openCourse } from '../course/open-course.ts';
import { checkKey, nextLesson, readProgress, withPassed, writeProgress } from '../course/progress.ts';
import { renderVerdict } from '../course/render-course.ts';
import { lookAtAll, watchChecks, type Look } from '../course/watch-checks.ts';

async function check(context: CommandContext): Promise<CommandResult> {
  const { host, root, options, argument, progress, isInteractive, hasColour, columns } = context;
  const lesson = await chosenLesson(host.cache, argument);
  const cluster = await runningCluster(host, root);
  await using open = await openCourse(cluster, host.signal);
  const render = ({ check, verdict }: Look) => renderVerdict(check, verdict, { color: hasColour, width: columns });
  const keep = async (looks: readonly Look[]) => {
    const keys = looks.flatMap(({ check, verdict }) => (verdict.state === 'passed' ? [checkKey(lesson, check)] : []));
    if (keys.length > 0) await writeProgress(host.cache, withPassed(await readProgress(host.cache), keys, new Date()));
  };

  const heading = `Lesson ${lesson.number}: ${lesson.title}`;
  const isWatching =
    options['watch'] === true || (isInteractive && options['json'] !== true && options['once'] !== true);
  if (isWatching) {
    progress.say(`${heading}\nThe tasks tick themselves off; Ctrl-C ends this.\n`);
    const looks = await watchChecks(lesson.checks, open.course, async (look) => {
      progress.say(render(look));
      await keep([look]);
    });
    return answer(lesson, looks, `\n${DONE}\n`);
  }
  const looks = await lookAtAll(lesson.checks, open.course);
  await keep(looks);
  const isDone = looks.every(({ verdict }) => verdict.state === 'passed');
  return answer(lesson, looks, `${[heading, ...looks.map(render), ...(isDone ? ['', DONE] : [])].join('\n')}\n`);
}

const DONE = 'All tasks of this lesson have passed. What comes next: npm run learn';

function answer({ number, slug, title }: Lesson, looks: readonly Look[], text: string): CommandResult {
  const checks = looks.map(({ check: { id, task }, verdict }) => ({ id, task, ...verdict }));
  const isDone = checks.every(({ state }) => state === 'passed');
  return { data: { lesson: { number, slug, title }, checks }, text, exitCode: isDone ? EXIT.ok : EXIT.workload };
}

/** The one that is named, by number or slug; otherwise the first that is not done, or the last of all. */
async function chosenLesson(cache: string, argument: string | undefined): Promise<Lesson> {
  const lessons = await loadLessons();
  const found =
    argument === undefined
      ? (nextLesson(lessons, await readProgress(cache)) ?? lessons.at(-1))
      : lessons.find((lesson) => namesOf(lesson).includes(argument));
  if (found !== undefined) return found;
  const known = lessons.map(({ number, slug }) => `${number} (${slug})`).join(', ');
  throw new AppError('USAGE', `there is no lesson "${argument ?? ''}"`, `One of: ${known}`);
}

function namesOf(lesson: Lesson): string[] {
  const { number, slug } = lesson;
  return [String(number), paddedNumber(lesson), slug, `${paddedNumber(lesson)}-${slug}`];
}

export const command: CommandBody = {
  argument: { placeholder: 'LESSON', summary: 'its number or its name; without it, the first that is not done' },
  switches: {
    watch: 'go on looking until all tasks have passed; on a terminal that is what happens without it',
    once: 'look once, on a terminal too',
  },
  examples: ['npm run check', 'npm run check -- 7', 'npm run -s check -- 1 --json | jq .checks'],
  run: check,
};
