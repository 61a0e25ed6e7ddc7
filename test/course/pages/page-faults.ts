/** The rules that every lesson's page keeps; test/course/README.md explains them to authors. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { headingsOf } from '../../docs/markdown.ts';
import { root } from '../../support/root.ts';
import { describeMismatch } from '../play/match-output.ts';
import type { Block } from '../play/page.ts';
import type { LessonPage } from '../read-lesson.ts';

/** More than a learner reads in a quarter of an hour. */
const MAX_LINES = 420;

/** The first command of every page: from then on the shell's kubectl is the cluster's. */
const FIRST_COMMAND = 'eval "$(npm run -s env)"\n';

/** Headings of the second level, between which those of the lesson's own steps stand. */
const FIRST_PARTS = ['The story', 'The picture'];
const LAST_PARTS = ['Your turn', 'Break it', 'Clean up', 'On AWS ECS', 'Next'];

/** One line for each rule that the page does not keep. */
export function pageFaults(page: LessonPage): string[] {
  return [...headFaults(page), ...partFaults(page), ...blockFaults(page), ...taskFaults(page)].map(
    (fault) => `${page.path}${fault}`,
  );
}

function headFaults({ lesson, text }: LessonPage): string[] {
  const { number, title, question, minutes, terms } = lesson;
  const head = `# ${number}. ${title}\n\n**${question}**\n\nAbout ${minutes} minutes.`;
  const lineCount = text.split('\n').length;
  return [
    ...(text.startsWith(head) ? [] : [`:1: it does not begin with\n${head}`]),
    ...(question.endsWith('?') ? [] : [`: its question does not end with a question mark: ${question}`]),
    ...(minutes >= 5 && minutes <= 15 ? [] : [`: ${minutes} minutes; a lesson takes 5 to 15`]),
    ...(lineCount <= MAX_LINES ? [] : [`: ${lineCount} lines; at most ${MAX_LINES}: split it or leave something out`]),
    ...terms.filter(({ name }) => !mentions(text, name)).map(({ name }) => `: the term "${name}" is not on the page`),
  ];
}

function mentions(text: string, name: string): boolean {
  return text.toLowerCase().replaceAll(/\s+/g, ' ').includes(name.toLowerCase());
}

function partFaults({ text }: LessonPage): string[] {
  const parts = headingsOf(text).flatMap((heading) => (heading.level === 2 ? [heading.text] : []));
  const steps = parts.slice(FIRST_PARTS.length, -LAST_PARTS.length);
  const wanted = [...FIRST_PARTS, ...(steps.length > 0 ? steps : ['(the steps)']), ...LAST_PARTS];
  return parts.join() === wanted.join() ? [] : [`: its parts are ${quoted(parts)}, not ${quoted(wanted)}`];
}

function quoted(words: readonly string[]): string {
  return words.map((word) => `"${word}"`).join(', ');
}

function blockFaults({ text, blocks }: LessonPage): string[] {
  const first = blocks.find(({ kind }) => kind === 'run' || kind === 'solution');
  const mermaidCount = blocks.filter(({ kind }) => kind === 'mermaid').length;
  return [
    ...(first?.text === FIRST_COMMAND
      ? []
      : [`:${first?.line ?? 1}: the first command must be ${FIRST_COMMAND.trim()}`]),
    ...(mermaidCount > 0 ? [] : [': there is no picture (mermaid)']),
    ...(text.endsWith('\n') ? [] : [': the last line has no end']),
    ...blocks.flatMap((block, index) =>
      faultsOfBlock(block, blocks[index - 1]).map((fault) => `:${block.line}: ${fault}`),
    ),
  ];
}

function faultsOfBlock(block: Block, previous: Block | undefined): string[] {
  if (block.kind === 'unknown') return [`a block is not tagged with what it is: "${block.info}"`];
  if (block.kind === 'output' && previous?.kind !== 'run' && previous?.kind !== 'solution') {
    return ['there is no command before the output'];
  }
  if (block.kind !== 'show') return [];
  const file = join(root, block.path);
  if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) return [`there is no file ${block.path}`];
  // Whole, or with lines of `…` for what is left out: at the ends too.
  const mismatch = describeMismatch(block.text, readFileSync(file, 'utf8'));
  return mismatch === undefined ? [] : [`it is not what stands in ${block.path}\n${mismatch}`];
}

function taskFaults({ lesson, blocks, wrong }: LessonPage): string[] {
  const ids = lesson.checks.map(({ id }) => id);
  const solved = blocks.flatMap((block) => (block.kind === 'solution' ? [block.check] : []));
  const repeated = (values: readonly string[]) => values.filter((value, index) => values.indexOf(value) !== index);
  return [
    ...(solved.join() === ids.join()
      ? []
      : [`: the solutions on it are ${solved.join(', ')}, the checks ${ids.join(', ')}`]),
    ...(ids.length > 0 ? [] : [': there is no task']),
    ...(wrong.length >= 2 ? [] : [`: ${wrong.length} wrong solutions; at least two are wanted`]),
    ...wrong.filter(({ check }) => !ids.includes(check)).map(({ name }) => `: "${name}" is wrong for no check`),
    ...repeated(wrong.map(({ script }) => script.trim())).map(
      (script) => `: two wrong solutions are the same: ${script}`,
    ),
    ...repeated(wrong.map(({ name }) => name)).map((name) => `: two wrong solutions are called "${name}"`),
  ];
}
