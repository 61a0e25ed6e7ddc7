/** `npm run break [-- N]`: breaks something on purpose, says what is seen of it, and leaves the rest to the learner. */
import { randomInt } from 'node:crypto';
import { AppError } from '../../apps/runtime/src/errors.ts';
import type { CommandBody, CommandContext, CommandResult } from '../cli/command.ts';
import { runningCluster } from '../cli/connection.ts';
import { faultNamespace, type Fault } from '../course/faults/fault.ts';
import { FAULTS } from '../course/faults/faults.ts';
import { plantFault, removeFaults } from '../course/faults/plant.ts';
import { openCourse } from '../course/open-course.ts';
import { faultKey, readProgress, withFault, writeProgress, type CourseProgress } from '../course/progress.ts';
import { wrap } from '../deploy/render-status.ts';

async function breakIt(context: CommandContext): Promise<CommandResult> {
  const { host, root, options, argument, progress, columns } = context;
  const known = await readProgress(host.cache);
  if (options['solution'] === true) return solution(known);

  const cluster = await runningCluster(host, root);
  await using open = await openCourse(cluster, host.signal);
  const removed = await progress.step('remove', 'Faults from before', () => removeFaults(open.client, host.signal));
  await writeProgress(host.cache, withFault(known, undefined));
  if (options['undo'] === true) {
    const what = removed.length === 0 ? 'There was no fault.' : `Taken away: ${removed.join(', ')}.`;
    return { data: { removed }, text: `${what}\n` };
  }

  const fault = argument === undefined ? anyFault(known) : FAULTS.find(({ number }) => String(number) === argument);
  if (fault === undefined) throw new Error(`there is no fault ${argument}`);
  const { number, symptom } = fault;
  await progress.step('plant', `Fault ${number}`, () => plantFault(open.client, fault, host.signal));
  await writeProgress(host.cache, withFault(known, number));
  const namespace = faultNamespace(fault);
  const lines = [
    `Fault ${number}, in the namespace ${namespace}:`,
    '',
    ...wrap(symptom, columns - 2).map((line) => `  ${line}`),
    '',
    'Find out why, and mend it with kubectl.',
    '  Is it mended?               npm run check',
    `  What does the cluster say?  npm run explain -- --namespace ${namespace}`,
    '  I give up:                  npm run break -- --solution',
    '',
  ];
  return { data: { fault: { number, symptom, namespace } }, text: lines.join('\n') };
}

/** One that has not been mended yet, as long as there is one, and not the one that is planted now. */
function anyFault({ passed, fault }: CourseProgress): Fault | undefined {
  const others = FAULTS.filter(({ number }) => number !== fault);
  const open = others.filter((candidate) => !Object.hasOwn(passed, faultKey(candidate)));
  const choice = open.length > 0 ? open : others;
  return choice[randomInt(choice.length)];
}

function solution({ fault: planted }: CourseProgress): CommandResult {
  const fault = FAULTS.find(({ number }) => number === planted);
  if (fault === undefined) {
    throw new AppError('USAGE', 'no fault is planted, or it is mended already', 'Plant one: npm run break');
  }
  const repair = fault.repair(faultNamespace(fault));
  const text = `${fault.cause}\n\nOne way to mend it (eval "$(npm run -s env)" first):\n\n${repair}\n`;
  return { data: { number: fault.number, cause: fault.cause, repair }, text };
}

export const command: CommandBody = {
  argument: {
    placeholder: 'N',
    summary: 'the number of a fault; without it, one that you have not mended yet',
    choices: FAULTS.map(({ number }) => String(number)),
  },
  switches: {
    undo: 'take away the fault that is planted, mended or not',
    solution: 'tell what is wrong, and the commands that mend it',
  },
  examples: ['npm run break', 'npm run break -- 7', 'npm run break -- --solution', 'npm run break -- --undo'],
  run: breakIt,
};
