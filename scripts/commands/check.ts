/** `npm run check [-- LESSON]`: how far the tasks of a lesson are, or a planted fault, as the cluster shows it. */
import type { CommandBody, CommandContext, CommandResult } from '../cli/command.ts';
import { runningCluster } from '../cli/connection.ts';
import { EXIT } from '../cli/exit-codes.ts';
import { loadLessons } from '../course/lessons.ts';
import { openCourse } from '../course/open-course.ts';
import { readProgress, writeProgress } from '../course/progress.ts';
import { renderVerdict } from '../course/render-course.ts';
import { lookAtAll, watchChecks, type Look } from '../course/watch-checks.ts';
import { chooseWork } from '../course/work.ts';

async function check(context: CommandContext): Promise<CommandResult> {
  const { host, root, options, argument, progress, isInteractive, hasColour, columns } = context;
  const work = chooseWork(await loadLessons(), await readProgress(host.cache), argument);
  const cluster = await runningCluster(host, root);
  await using open = await openCourse(cluster, host.signal);
  const render = ({ check, verdict }: Look) => renderVerdict(check, verdict, { color: hasColour, width: columns });
  const keep = async (looks: readonly Look[]) => {
    const passed = looks.filter(({ verdict }) => verdict.state === 'passed').map((look) => look.check);
    if (passed.length === 0) return;
    await writeProgress(host.cache, work.keep(await readProgress(host.cache), passed, new Date()));
  };

  const isOnce = options['once'] === true || options['json'] === true;
  const isWatching = options['watch'] === true || (isInteractive && !isOnce);
  const text: string[] = [];
  let looks: Look[];
  if (isWatching) {
    progress.say(`${work.title}\nIt ticks itself off as the cluster gets there; Ctrl-C ends this.\n`);
    looks = await watchChecks(work.checks, open.course, async (look) => {
      progress.say(render(look));
      await keep([look]);
    });
  } else {
    looks = await lookAtAll(work.checks, open.course);
    await keep(looks);
    text.push(work.title, ...looks.map(render));
  }
  const isDone = looks.every(({ verdict }) => verdict.state === 'passed');
  if (isDone) text.push('', work.done);
  return {
    data: {
      title: work.title,
      checks: looks.map(({ check: { id, task }, verdict }) => ({ id, task, ...verdict })),
    },
    text: `${text.join('\n')}\n`,
    exitCode: isDone ? EXIT.ok : EXIT.workload,
  };
}

export const command: CommandBody = {
  argument: {
    placeholder: 'LESSON',
    summary: 'its number or its name; without it, the fault that is planted, or the first lesson that is not done',
  },
  switches: {
    watch: 'go on looking until all of it has passed; on a terminal that is what happens without it',
    once: 'look once, on a terminal too',
  },
  examples: ['npm run check', 'npm run check -- 7', 'npm run -s check -- 1 --json | jq .checks'],
  run: check,
};
