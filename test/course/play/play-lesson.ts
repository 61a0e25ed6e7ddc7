/**
 * Goes through a lesson as a learner does: every block in order, compared with what the page shows. Where a task is
 * set, its check must not pass before the solution, must name each wrong solution, and must pass after the right one.
 */
import type { Check, CourseCluster, Lesson, Verdict } from '../../../scripts/course/lesson.ts';
import { runCheck, runCheckUntil } from '../../../scripts/course/run-check.ts';
import type { BashSession } from './bash-session.ts';
import { describeMismatch } from './match-output.ts';
import type { Block } from './page.ts';
import type { WrongSolution } from '../wrong/wrong-solution.ts';

const BLOCK_TIMEOUT_MS = 240_000;

export interface LessonPlay {
  readonly lesson: Pick<Lesson, 'checks'>;
  /** Relative to the checkout, for messages. */
  readonly path: string;
  readonly blocks: readonly Block[];
  readonly wrong: readonly WrongSolution[];
  readonly cluster: CourseCluster;
  readonly bash: BashSession;
  /** How long the cluster may take to get where a check wants it. */
  readonly verdictTimeoutMs: number;
  /** Told of each thing that went well. */
  readonly note: (text: string) => void;
}

/** Returns the checks that passed; throws at the first thing that is not as the lesson says, with the line of the page. */
export async function playLesson(play: LessonPlay): Promise<string[]> {
  const passed: string[] = [];
  let output = '';
  for (const block of play.blocks) {
    const at = `${play.path}:${block.line}`;
    if (block.kind === 'run') {
      output = await runBlock(play, at, block.text, block.exitCode);
    } else if (block.kind === 'solution') {
      output = await playTask(play, at, block);
      passed.push(block.check);
    } else if (block.kind === 'output') {
      const mismatch = describeMismatch(block.text, output);
      if (mismatch !== undefined) throw new Error(`${at}: the output is not as shown\n${mismatch}`);
      play.note(`${at} output`);
    }
  }
  return passed;
}

async function playTask(play: LessonPlay, at: string, { check: id, text }: { check: string; text: string }) {
  const { lesson, wrong, cluster, note } = play;
  const check = lesson.checks.find((candidate) => candidate.id === id);
  if (check === undefined) throw new Error(`${at}: the lesson has no check "${id}"`);
  const expectNotPassed = async (when: string) => {
    const verdict = await runCheck(check, cluster);
    if (verdict.state === 'passed') throw new Error(`${at}: the check ${id} passes ${when}: ${verdict.seen}`);
    note(`${at} ${id} ${when}: ${describe(verdict)}`);
  };

  await expectNotPassed('before the solution');
  for (const mistake of wrong.filter((candidate) => candidate.check === id)) {
    await runBlock(play, `${at}, wrong solution "${mistake.name}"`, inSubshell(mistake.script), 0);
    await expectVerdict(play, at, check, {
      what: `"${mistake.name}" to be called wrong for ${mistake.reason}`,
      accepts: (verdict) => verdict.state === 'wrong' && mistake.reason.test(verdict.reason),
    });
    await runBlock(play, `${at}, undoing "${mistake.name}"`, inSubshell(mistake.undo), 0);
    await expectNotPassed(`after "${mistake.name}" was taken back`);
  }
  const output = await runBlock(play, at, text, 0);
  await expectVerdict(play, at, check, {
    what: 'the solution to pass',
    accepts: (verdict) => verdict.state === 'passed',
  });
  return output;
}

async function expectVerdict(
  { cluster, note, verdictTimeoutMs: timeoutMs }: LessonPlay,
  at: string,
  check: Check,
  { what, accepts }: { what: string; accepts: (verdict: Verdict) => boolean },
): Promise<void> {
  const verdict = await runCheckUntil(check, cluster, { accepts, timeoutMs });
  if (!accepts(verdict)) throw new Error(`${at}: expected ${what}; the check ${check.id} says ${describe(verdict)}`);
  note(`${at} ${check.id}: ${describe(verdict)}`);
}

/** Returns what it printed. */
async function runBlock({ bash, note }: LessonPlay, at: string, script: string, exitCode: number): Promise<string> {
  const startedAt = performance.now();
  const run = await bash.run(script, BLOCK_TIMEOUT_MS).catch((error: unknown) => {
    throw new Error(at, { cause: error });
  });
  const failure = run.exitCode === exitCode ? (exitCode === 0 ? run.failures[0] : undefined) : `exit ${run.exitCode}`;
  if (failure !== undefined) throw new Error(`${at}: expected exit ${exitCode}, got ${failure}\n${run.output}`);
  note(`${at} ${((performance.now() - startedAt) / 1_000).toFixed(1)} s`);
  return run.output;
}

/** Its variables and its folder must not stay, and its first failure must show. */
function inSubshell(script: string): string {
  return `(set -e\n${script}\n)\n`;
}

function describe(verdict: Verdict): string {
  return `${verdict.state}: ${verdict.state === 'passed' ? verdict.seen : verdict.reason}`;
}
