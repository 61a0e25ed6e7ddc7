/** The completions in real shells. */
import { mkdtempDisposable, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeAll, expect, test } from 'vitest';
import { COMMANDS } from '../../commands/catalog.ts';
import { writeCompletion } from '../../commands/completion.ts';
import { PATTERN_NAMES } from '../../deploy/patterns.ts';

const NAMES = COMMANDS.map(({ name }) => name);
const scripts: Record<string, string> = {};

beforeAll(async () => {
  const folder = await mkdtempDisposable(join(tmpdir(), 'completion-'));
  for (const shell of ['bash', 'zsh']) {
    scripts[shell] = join(folder.path, shell);
    await writeFile(join(folder.path, shell), await writeCompletion(shell));
  }
  return () => folder.remove();
}, 30_000);

/** What bash offers for the last of the words. */
async function inBash(words: readonly string[], path = process.env['PATH'] ?? ''): Promise<string[]> {
  const script = `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _pod_patterns; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const args = ['--norc', '-c', script, 'bash', scripts['bash'] ?? '', ...words];
  const { stdout } = await execa('bash', args, { env: { PATH: path } });
  return stdout.split('\n').filter(Boolean);
}

test.each([
  [
    ['pod-patterns', ''],
    [...NAMES, '--help'],
  ],
  [['pod-patterns', 'pl'], ['plan']],
  [['npx', 'pod-pat'], ['pod-patterns']],
  [['npx', 'pod-patterns', 'expl'], ['explain']],
  [['npx', 'other', 'expl'], []],
  [['pod-patterns', 'up', '--fo'], ['--force-conflicts']],
  [['pod-patterns', 'up', '--json', '--onl'], ['--only']],
  [['pod-patterns', 'up', '--only', ''], PATTERN_NAMES],
  [['pod-patterns', 'up', '--only', 'sidecar,hap'], ['sidecar,haproxy']],
  [['npx', 'pod-patterns', 'completion', 'z'], ['zsh']],
])('bash: %j', async (words, offered) => {
  expect(await inBash(words)).toEqual(offered);
});

test('bash offers the contexts that kubectl knows', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'completion-'));
  const script = '#!/bin/sh\n[ "$*" = "config get-contexts --output=name" ] && printf "staging\\nproduction\\n"\n';
  await writeFile(join(folder.path, 'kubectl'), script, { mode: 0o755 });
  const path = `${folder.path}:${process.env['PATH']}`;
  expect(await inBash(['pod-patterns', 'up', '--context', 'sta'], path)).toEqual(['staging']);
});

/** What the line becomes when the keys and then the tabulator are pressed in an interactive zsh. */
async function inZsh(line: string): Promise<string> {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'completion-'));
  const result = join(folder.path, 'line');
  const setUp = `
    autoload -Uz compinit; compinit -u -d ${folder.path}/dump; source ${scripts['zsh']}
    show-line() { print -r -- "$BUFFER" > ${result}.new; mv ${result}.new ${result} }
    zle -N show-line; bindkey '^X' show-line; : > ${folder.path}/ready`;
  await writeFile(join(folder.path, 'set-up'), setUp);
  const drive = `
    zmodload zsh/zpty zsh/zselect
    zpty shell zsh -f -i
    zpty -w shell "source ${folder.path}/set-up"
    until [[ -e ${folder.path}/ready ]]; do zselect -t 2; done
    zpty -w -n shell "$1"$'\\t\\x18'
    until [[ -e ${result} ]]; do zselect -t 2; done
    zpty -d shell`;
  await execa('zsh', ['-f', '-c', drive, 'zsh', line], { env: { TERM: 'xterm' }, timeout: 20_000 });
  return (await readFile(result, 'utf8')).trimEnd();
}

test.each([
  ['pod-patterns pl', 'pod-patterns plan'],
  ['pod-patterns up --fo', 'pod-patterns up --force-conflicts'],
  // zsh takes the comma away when a space follows.
  ['pod-patterns up --only git', 'pod-patterns up --only git-server,'],
  ['pod-patterns up --only sidecar,hap', 'pod-patterns up --only sidecar,haproxy,'],
  ['pod-patterns completion z', 'pod-patterns completion zsh'],
  ['npx pod-patterns stat', 'npx pod-patterns status'],
])('zsh: %s', async (line, completed) => {
  expect(await inZsh(line)).toBe(completed);
});
