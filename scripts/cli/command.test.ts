import { execa } from 'execa';
import { expect, test } from 'vitest';
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
