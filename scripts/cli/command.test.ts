import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { runInTerminal } from '../../test/support/terminal.ts';
import { COMMANDS } from '../commands/catalog.ts';

const main = new URL('../main.ts', import.meta.url).pathname;
const run = (name: string, args: string[], env: Record<string, string> = {}) =>
  execa(process.execPath, [main, name, ...args], { reject: false, env });

const NAMES = COMMANDS.map(({ name }) => name);

test.each(NAMES)('%s --help explains itself on stdout, with examples', async (name) => {
  const { exitCode, stdout, stderr } = await run(name, ['--help']);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout).toContain(`Usage: npm run ${name}`);
  expect(stdout).toContain('Examples:');
});

test.each(NAMES)('%s refuses an option that it does not know, and lists those it does', async (name) => {
  const { exitCode, stdout, stderr } = await run(name, ['--forse']);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  expect(stderr).toContain("'--forse'");
  expect(stderr).toContain('--help');
});

test('--help lists every command; a wrong one is answered with the same list', async () => {
  const { stdout } = await run('--help', []);
  expect(NAMES.filter((name) => !stdout.includes(`\n  ${name} `))).toEqual([]);
  const { exitCode, stderr } = await run('upp', []);
  expect(exitCode).toBe(2);
  expect(stderr).toContain(`There is no command "upp".\n\n${stdout.trimEnd()}`);
});

const soak = (args: string[]) =>
  execa(process.execPath, [new URL('../../test/soak/main.ts', import.meta.url).pathname, ...args], { reject: false });

test.each([
  [[], 'NAME is missing'],
  [['nonsense'], 'there is no NAME "nonsense"'],
  [['nonsense', 'more'], '"more" is one too many'],
])('an argument that is missing, unknown or too many is refused, with those there are: %j', async (args, message) => {
  const { exitCode, stderr } = await soak(args);
  expect(exitCode).toBe(2);
  expect(stderr).toContain(message);
});

test('--help shows the argument and the settings', async () => {
  const { stdout } = await soak(['--help']);
  expect(stdout).toContain('npm run soak -- NAME [OPTIONS]');
  expect(stdout).toMatch(/--count N +how often/);
});

test('with --json an error is one JSON document on stdout', async () => {
  const { exitCode, stdout } = await run('up', ['--json', '--forse']);
  expect(exitCode).toBe(2);
  expect(JSON.parse(stdout)).toMatchObject({ ok: false, exitCode: 2, error: { code: 'USAGE' } });
});

test('without a cluster, status says what to do first', async () => {
  const { exitCode, stderr } = await run('status', [], { DOCKER_HOST: 'tcp://127.0.0.1:1' });
  expect(exitCode).toBe(3);
  expect(stderr).toMatch(/CLUSTER_ABSENT: no container engine answers.*\n {2}→ Run npm run up first/);
});

test('no colours where there is no terminal, or where NO_COLOR asks for none', async () => {
  const { stderr } = await run('status', [], { DOCKER_HOST: 'tcp://127.0.0.1:1', NO_COLOR: '1' });
  expect(stderr).not.toContain('\u001B');
});

test.each([{ TERM: 'dumb' }, { NO_COLOR: '1', CI: '1' }])(
  'a terminal of which that is said gets no escapes: %j',
  async (env) => {
    await using cache = await mkdtempDisposable(join(tmpdir(), 'command-'));
    const noCluster = { DOCKER_HOST: 'tcp://127.0.0.1:1', XDG_CACHE_HOME: cache.path };
    const screen = await runInTerminal(['up'], { columns: 80, env: { ...noCluster, ...env } });
    expect(screen.text).toContain('✗ Container engine');
    expect(screen.bytes).not.toContain('\u001B');
  },
);

// In bash: sh has no way to learn how the first program of a pipe has ended.
test.each([
  ['--help', '| true', 0],
  ['up --help', '| true', 0],
  ['completion bash', '| true', 0],
  ['no-such-command', '2> >(true)', 2],
  ['up --no-such-option', '2> >(true)', 2],
])('a reader that has gone away changes nothing: %s %s', async (args, reader, expected) => {
  const script = `"$0" "$1" ${args} ${reader}; exit "\${PIPESTATUS[0]}"`;
  const { exitCode, stderr } = await execa('bash', ['-c', script, process.execPath, main], { reject: false });
  expect({ exitCode, stderr }).toEqual({ exitCode: expected, stderr: '' });
});

test('names that would control the terminal are shown, wherever they come from', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'command-'));
  const path = join(folder.path, 'kubeconfig');
  const [name, user] = ['\u001B[2Jstaging', 'me\u001B]0;forged\u0007'];
  const kubeconfig = {
    contexts: [{ name, context: { cluster: 'c', user } }],
    clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:1' } }],
    users: [{ name: user, user: {} }],
  };
  await writeFile(path, JSON.stringify(kubeconfig));
  const env = { KUBECONFIG: path, DOCKER_HOST: 'tcp://127.0.0.1:1', XDG_CACHE_HOME: folder.path };
  const listed = await run('status', ['--context', 'another'], env);
  expect(listed).toMatchObject({ exitCode: 3, stderr: expect.stringContaining(String.raw`\x1b[2Jstaging`) as string });
  const used = await run('up', ['--context', name, '--registry', 'r.example.org/kit'], env);
  expect(used.stderr).toContain(String.raw`as me\x1b]0;forged\x07`);
  expect(listed.stderr + used.stderr).not.toContain('\u001B');
});
