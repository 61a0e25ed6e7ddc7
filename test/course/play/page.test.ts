import { expect, test } from 'vitest';
import { blocksOf } from './page.ts';

test('finds each block with its line, its text and what is to be done with it', () => {
  const page = [
    '# Title',
    '```bash run',
    'echo 1',
    '```',
    '```text output',
    '1',
    '```',
    '```bash run exit=1',
    'false',
    '```',
    '<details><summary>Solution</summary>',
    '',
    '```bash solution=a-task',
    '',
    'true',
    '```',
    '</details>',
    '```yaml show=manifests/a.yaml',
    'a: 1',
    '```',
    '```mermaid',
    'flowchart LR',
    '```',
  ].join('\n');
  expect(blocksOf(page)).toEqual([
    { kind: 'run', line: 2, text: 'echo 1\n', exitCode: 0 },
    { kind: 'output', line: 5, text: '1\n' },
    { kind: 'run', line: 8, text: 'false\n', exitCode: 1 },
    { kind: 'solution', line: 13, text: '\ntrue\n', check: 'a-task' },
    { kind: 'show', line: 18, text: 'a: 1\n', path: 'manifests/a.yaml' },
    { kind: 'mermaid', line: 21, text: 'flowchart LR\n' },
  ]);
});

test.each(['', 'sh', 'bash', 'bash run exit=', 'bash run exit=0', 'bash  run', 'text', 'bash solution=A'])(
  'does not know the info string "%s"',
  (info) => {
    expect(blocksOf(`\`\`\`${info}\nx\n\`\`\``)).toEqual([{ kind: 'unknown', line: 1, text: 'x\n', info }]);
  },
);

test('a fence is closed by at least as many of the same marks, alone on their line', () => {
  const page = [
    '````bash run',
    '```',
    '~~~~',
    '```` x',
    '`````',
    '~~~bash run',
    'a',
    '  ~~~',
    '  ```bash run',
    '   b',
    'c',
  ];
  expect(blocksOf(page.join('\n'))).toEqual([
    { kind: 'run', line: 1, text: '```\n~~~~\n```` x\n', exitCode: 0 },
    { kind: 'run', line: 6, text: 'a\n', exitCode: 0 },
    { kind: 'run', line: 9, text: ' b\nc\n', exitCode: 0 },
  ]);
});
