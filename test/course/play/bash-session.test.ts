import { expect, test } from 'vitest';
import { startBash } from './bash-session.ts';

const LIMIT_MS = 20_000;

test('variables and the folder stay from one block to the next, and each block has its own output', async () => {
  await using bash = await startBash('/tmp');
  expect(await bash.run('name=world\ncd /\necho one', LIMIT_MS)).toEqual({
    exitCode: 0,
    failures: [],
    output: 'one\n',
  });
  expect(await bash.run('echo "$name" in "$PWD"; echo err >&2', LIMIT_MS)).toEqual({
    exitCode: 0,
    failures: [],
    output: 'world in /\nerr\n',
  });
});

test('a block without a newline, and one with quotes and a here-document, run as they stand', async () => {
  await using bash = await startBash('/tmp');
  const { output } = await bash.run(`cat <<'END'\n'$a' "b" \\\nEND\nprintf %s "it's"`, LIMIT_MS);
  expect(output).toBe(`'$a' "b" \\\nit's`);
});

test('tells the exit status of the last command, and which commands before it failed', async () => {
  await using bash = await startBash('/tmp');
  const run = await bash.run('true\nls /nowhere\nfalse || true\nif false; then :; fi\n(exit 7)', LIMIT_MS);
  expect(run.exitCode).toBe(7);
  expect(run.failures[0]).toBe('line 2: ls /nowhere (2)');
  expect(run.failures.filter((failure) => failure.includes('false'))).toEqual([]);
});

test('fails for a failure within a pipe, but not for a reader that has seen enough', async () => {
  await using bash = await startBash('/tmp');
  expect(await bash.run('false | cat', LIMIT_MS)).toMatchObject({ exitCode: 1 });
  expect(await bash.run('yes | head -1', LIMIT_MS)).toEqual({ exitCode: 0, failures: [], output: 'y\n' });
});

test('says what was printed when a block ends the shell, or does not end', async () => {
  await using ended = await startBash('/tmp');
  await expect(ended.run('echo bye; exit 3', LIMIT_MS)).rejects.toThrow(/has ended the shell.*\nbye/);
  await using late = await startBash('/tmp');
  await expect(late.run('echo begun; while :; do read -rt 0.1 || :; done', 500)).rejects.toThrow(
    /no end after 0.5 s[^]*begun/,
  );
});
