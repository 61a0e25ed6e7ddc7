/** The course, and what checks say, as text for a terminal. */
import { styleText } from 'node:util';
import { wrap, type RenderOptions } from '../deploy/render-status.ts';
import type { Check, Lesson, Verdict } from './lesson.ts';
import { pagePath } from './lessons.ts';
import { checkKey, nextLesson, type CourseProgress } from './progress.ts';

type Format = Parameters<typeof styleText>[0];

const painter = (color: boolean) => (format: Format, text: string) =>
  color ? styleText(format, text, { validateStream: false }) : text;

/** All lessons, what is done of each, and the next one with its tasks. Ends with a line break. */
export function renderCourse(lessons: readonly Lesson[], progress: CourseProgress, options: RenderOptions): string {
  const paint = painter(options.color);
  const next = nextLesson(lessons, progress);
  const width = Math.max(0, ...lessons.map(({ title }) => title.length));
  const isPassed = (lesson: Lesson, check: Check) => Object.hasOwn(progress.passed, checkKey(lesson, check));
  const rows = lessons.map((lesson) => {
    const passed = lesson.checks.filter((check) => isPassed(lesson, check)).length;
    const isDone = passed === lesson.checks.length;
    const mark = isDone ? paint('green', '✓') : lesson === next ? paint('cyan', '▸') : ' ';
    const state = isDone ? 'done' : passed > 0 ? `${passed} of ${lesson.checks.length} tasks` : `${lesson.minutes} min`;
    return `${mark} ${String(lesson.number).padStart(2)}  ${lesson.title.padEnd(width)}  ${paint('dim', state)}`;
  });
  const end =
    next === undefined
      ? ['All of it is done. Now mend what others have broken: npm run break']
      : [
          ...wrap(`Next: lesson ${next.number}. ${next.question}`, options.width),
          `  Read and type: ${paint('bold', pagePath(next))}`,
          ...next.checks.flatMap((check) => {
            const mark = isPassed(next, check) ? paint('green', '✓') : '·';
            return wrap(check.task, options.width - 4).map((line, index) => `  ${index === 0 ? mark : ' '} ${line}`);
          }),
          `  See how far you are: npm run check -- ${next.number}`,
        ];
  return `${[...rows, '', ...end].join('\n')}\n`;
}

const MARKS = { passed: ['green', '✓'], 'not-yet': ['yellow', '·'], wrong: ['red', '✗'] } as const;

/** A task and its verdict: what was seen, or why it has not passed and what to do next. */
export function renderVerdict(
  { task }: Pick<Check, 'task'>,
  verdict: Verdict,
  { color, width }: RenderOptions,
): string {
  const paint = painter(color);
  const [format, mark] = MARKS[verdict.state];
  const head = wrap(task, width - 2).map((line, index) => `${index === 0 ? paint(format, mark) : ' '} ${line}`);
  const indent = (text: string, first: string) =>
    wrap(text, width - 4 - first.length).map(
      (line, index) => `    ${index === 0 ? first : ' '.repeat(first.length)}${line}`,
    );
  if (verdict.state === 'passed') return [...head, ...indent(verdict.seen, 'seen: ')].join('\n');
  const lead = verdict.state === 'wrong' ? 'wrong: ' : 'not yet: ';
  return [...head, ...indent(verdict.reason, lead), ...indent(verdict.next, '→ ')].join('\n');
}
