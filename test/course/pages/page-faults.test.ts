import { expect, test } from 'vitest';
import type { Lesson } from '../../../scripts/course/lesson.ts';
import { blocksOf } from '../play/page.ts';
import type { WrongSolution } from '../wrong/wrong-solution.ts';
import { pageFaults } from './page-faults.ts';

const TEXT = `# 3. A title

**Why is that so?**

About 10 minutes.

\`\`\`bash run
eval "$(npm run -s env)"
\`\`\`

## The story

A Pod.

## The picture

\`\`\`mermaid
flowchart LR
\`\`\`

## A step

\`\`\`bash run
true
\`\`\`

\`\`\`text output
\`\`\`

\`\`\`yaml show=manifests/namespace/kustomization.yaml
…
kind: Kustomization
…
\`\`\`

## Your turn

\`\`\`bash solution=task
true
\`\`\`

## Break it

## Clean up

## On AWS ECS

## Next
`;

const WRONG: readonly WrongSolution[] = ['a', 'b'].map((name) => ({
  check: 'task',
  name,
  script: name,
  reason: /x/,
  undo: '',
}));

const LESSON: Lesson = {
  number: 3,
  slug: 'x',
  title: 'A title',
  question: 'Why is that so?',
  minutes: 10,
  namespaces: [],
  terms: [{ name: 'Pod', meaning: 'It is.', ecs: 'A task.' }],
  checks: [{ id: 'task', task: 'Do it.', look: () => Promise.reject(new Error('not looked at')) }],
};

const faultsOf = (text: string, lesson: Partial<Lesson> = {}, wrong = WRONG) =>
  pageFaults({ lesson: { ...LESSON, ...lesson }, path: 'page.md', text, blocks: blocksOf(text), wrong });

test('finds nothing on a page that keeps the rules', () => {
  expect(faultsOf(TEXT)).toEqual([]);
});

test.each<[string, string, RegExp]>([
  ['another title', TEXT.replace('A title', 'Title'), /^page.md:1: it does not begin with\n# 3. A title/],
  ['a part that is missing', TEXT.replace('## Break it\n', ''), /its parts are .*"Your turn", "Clean up"/],
  ['parts in another order', TEXT.replace('Break it', 'Next'), /its parts are/],
  ['no step', TEXT.replace('## A step\n', ''), /not "The story", "The picture", "\(the steps\)", "Your turn"/],
  ['no picture', TEXT.replace('```mermaid', '```yaml show=LICENSE'), /no picture/],
  ['an untagged block', TEXT.replace('```bash run\ntrue', '```sh\ntrue'), /^page.md:23: .* not tagged .* "sh"/],
  ['another first command', TEXT.replace('eval', 'echo'), /^page.md:7: the first command must be eval/],
  ['output of nothing', TEXT.replace('```bash run\ntrue\n```', ''), /no command before the output/],
  ['a file that is not there', TEXT.replace('show=manifests', 'show=none'), /no file none\/namespace/],
  ['a file that is another', TEXT.replace('kind: Kustomization', 'kind: Other'), /not what stands in manifests/],
  ['a task without a check', TEXT.replace('=task', '=other'), /solutions on it are other, the checks task/],
  ['a term that is nowhere', TEXT.replace('A Pod.', ''), /the term "Pod" is not on the page/],
  ['too much', TEXT.replace('A Pod.', 'A Pod.\n'.repeat(500)), /\d lines; at most/],
])('does not accept %s', (_, text, fault) => {
  expect(faultsOf(text)).toEqual(expect.arrayContaining([expect.stringMatching(fault)]));
});

test('wants a question, a time, and wrong solutions that differ', () => {
  expect(faultsOf(TEXT, { question: 'So it is.' })).toContainEqual(expect.stringContaining('question mark: So it is.'));
  expect(faultsOf(TEXT, { minutes: 20 })).toContainEqual(expect.stringContaining('20 minutes'));
  expect(faultsOf(TEXT, {}, WRONG.slice(1))).toEqual(['page.md: 1 wrong solutions; at least two are wanted']);
  const [first] = WRONG;
  const same = [...WRONG, { ...first, check: 'none' } as WrongSolution];
  expect(faultsOf(TEXT, {}, same)).toEqual([
    'page.md: "a" is wrong for no check',
    'page.md: two wrong solutions are the same: a',
    'page.md: two wrong solutions are called "a"',
  ]);
});
