/** What can be checked: a lesson, or the fault that is planted. */
import { AppError } from '../../apps/runtime/src/errors.ts';
import { faultNamespace, type Fault } from './faults/fault.ts';
import { FAULTS } from './faults/faults.ts';
import type { Check, Lesson } from './lesson.ts';
import { paddedNumber } from './lessons.ts';
import { checkKey, faultKey, nextLesson, withFault, withPassed, type CourseProgress } from './progress.ts';

export interface Work {
  readonly title: string;
  readonly checks: readonly Check[];
  /** What is told when all have passed. */
  readonly done: string;
  /** The progress after these have passed. */
  keep(progress: CourseProgress, passed: readonly Check[], now: Date): CourseProgress;
}

/**
 * The lesson of that number or name; without one the fault that is planted, else the first lesson that is not done, else
 * the last. Throws USAGE with those there are.
 */
export function chooseWork(lessons: readonly Lesson[], progress: CourseProgress, argument: string | undefined): Work {
  const fault = argument === undefined ? FAULTS.find(({ number }) => number === progress.fault) : undefined;
  if (fault !== undefined) return faultWork(fault);
  const lesson =
    argument === undefined
      ? (nextLesson(lessons, progress) ?? lessons.at(-1))
      : lessons.find((candidate) => namesOf(candidate).includes(argument));
  if (lesson !== undefined) return lessonWork(lesson);
  const known = lessons.map(({ number, slug }) => `${number} (${slug})`).join(', ');
  throw new AppError('USAGE', `there is no lesson "${argument ?? ''}"`, `One of: ${known}`);
}

function namesOf(lesson: Lesson): string[] {
  const { number, slug } = lesson;
  return [String(number), paddedNumber(lesson), slug, `${paddedNumber(lesson)}-${slug}`];
}

function lessonWork(lesson: Lesson): Work {
  return {
    title: `Lesson ${lesson.number}: ${lesson.title}`,
    checks: lesson.checks,
    done: 'All tasks of this lesson have passed. What comes next: npm run learn',
    keep(progress, passed, now) {
      const keys = passed.map((check) => checkKey(lesson, check));
      return withPassed(progress, keys, now);
    },
  };
}

function faultWork(fault: Fault): Work {
  const namespace = faultNamespace(fault);
  const check: Check = {
    id: `fault-${fault.number}`,
    task: fault.symptom,
    look: (cluster) => fault.look(cluster, namespace),
  };
  return {
    title: `Fault ${fault.number}, in the namespace ${namespace}`,
    checks: [check],
    done: `Mended. ${fault.cause}\nAnother one: npm run break. No more: npm run break -- --undo`,
    keep(progress, passed, now) {
      return passed.length === 0 ? progress : withFault(withPassed(progress, [faultKey(fault)], now), undefined);
    },
  };
}
