import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { CourseCluster, Verdict } from '../../../scripts/course/lesson.ts';
import { startBash } from './bash-session.ts';
import { blocksOf } from './page.ts';
import { playLesson } from './play-lesson.ts';

/** The task: make a file `right`; a file `wrong` cannot lead there. */
const PAGE = `
\`\`\`bash run
echo begin
\`\`\`
\`\`\`text output
be…
\`\`\`
\`\`\`bash solution=file
touch right
\`\`\`
\`\`\`bash run
ls
\`\`\`
\`\`\`text output
right
\`\`\`
`;

const MISTAKE = { check: 'file', name: 'other', script: 'touch wrong', reason: /named wrong/, undo: 'rm wrong' };

async function play({ page = PAGE, mistake = MISTAKE, verdictOf = lookInto }: Partial<Subject> = {}): Promise<
  string[]
> {
  const folder = mkdtempSync(join(tmpdir(), 'lesson-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  await using bash = await startBash(folder);
  const notes: string[] = [];
  const look = () => Promise.resolve(verdictOf(folder));
  await playLesson({
    lesson: { checks: [{ id: 'file', task: 'Make it.', look }] },
    path: 'page.md',
    blocks: blocksOf(page),
    wrong: [mistake],
    cluster: { signal: new AbortController().signal } as CourseCluster,
    bash,
    verdictTimeoutMs: 100,
    note: (text) => notes.push(text),
  });
  return notes;
}

interface Subject {
  readonly page: string;
  readonly mistake: typeof MISTAKE;
  readonly verdictOf: (folder: string) => Verdict;
}

function lookInto(folder: string): Verdict {
  if (existsSync(join(folder, 'right'))) return { state: 'passed', seen: 'the file' };
  if (existsSync(join(folder, 'wrong'))) return { state: 'wrong', reason: 'it is named wrong', next: '' };
  return { state: 'not-yet', reason: 'no file', next: '' };
}

test('plays a lesson whose page, check and mistakes are right', async () => {
  expect((await play()).map((note) => note.replace(/ \d.*/, ''))).toEqual([
    'page.md:2',
    'page.md:5 output',
    'page.md:8 file before the solution: not-yet: no file',
    'page.md:8, wrong solution "other"',
    'page.md:8 file: wrong: it is named wrong',
    'page.md:8, undoing "other"',
    'page.md:8 file after "other" was taken back: not-yet: no file',
    'page.md:8',
    'page.md:8 file: passed: the file',
    'page.md:11',
    'page.md:14 output',
  ]);
});

test.each<[string, Partial<Subject>, RegExp]>([
  ['another output', { page: PAGE.replace('be…', 'end') }, /^page.md:5: the output is not as shown\nexpected: end/],
  ['a block that fails', { page: PAGE.replace('echo begin', 'false') }, /^page.md:2: expected exit 0, got exit 1/],
  ['a command that fails within a block', { page: PAGE.replace('echo', 'false\necho') }, /got line 1: false \(1\)/],
  ['a block that should fail', { page: PAGE.replace('bash run', 'bash run exit=1') }, /expected exit 1, got exit 0/],
  [
    'a check that passes too early',
    { verdictOf: () => ({ state: 'passed', seen: '!' }) },
    /passes before the solution/,
  ],
  [
    'a mistake with another reason',
    { mistake: { ...MISTAKE, reason: /odd/ } },
    /called wrong for \/odd\/; .* named wrong/,
  ],
  ['a mistake that is accepted', { mistake: { ...MISTAKE, script: ':' } }, /called wrong .* says not-yet: no file/],
  ['a mistake that is a solution', { mistake: { ...MISTAKE, undo: 'mv wrong right' } }, /passes after "other"/],
  ['a solution that does not pass', { page: PAGE.replace('touch right', ':') }, /the solution to pass; .* no file/],
  ['a task without a check', { page: PAGE.replace('=file', '=other') }, /^page.md:8: the lesson has no check "other"/],
])('does not accept %s', async (_, subject, message) => {
  await expect(play(subject)).rejects.toThrow(message);
});
