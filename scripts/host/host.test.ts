import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createHost } from './host.ts';
import { isAtLeast, requireGo } from './go.ts';

const { signal } = new AbortController();
const host = createHost(process.env, signal);

test('a program that fails is an error with its name, its exit code and what it printed', async () => {
  const failing = host.run('sh', ['-c', 'echo to stdout; echo to stderr >&2; exit 7']);
  await expect(failing).rejects.toMatchObject({
    code: 'COMMAND_FAILED',
    message: expect.stringMatching(/sh -c .* ended with 7:\nto stdout\nto stderr/),
  });
});

test('a program that does not exist is told apart from one that fails', async () => {
  expect(await host.attempt('no-such-program', [])).toMatchObject({ isMissing: true, exitCode: undefined });
  expect(await host.attempt('false', [])).toMatchObject({ isMissing: false, exitCode: 1 });
});

test('an interrupt ends the program that runs', async () => {
  const interrupt = new AbortController();
  const running = createHost(process.env, interrupt.signal).run('sleep', ['60']);
  void sleep(50).then(() => interrupt.abort(2));
  await expect(running).rejects.toBe(2);
});

test('a program that takes too long is ended and named', async () => {
  await expect(host.run('sleep', ['60'], { timeoutMs: 50 })).rejects.toThrow('no end after 50 ms');
});

test('a folder can be put before or behind the rest of the PATH', async () => {
  const [first, last] = [host.withPath('/nowhere', 'first'), host.withPath('/nowhere', 'last')];
  expect(first.env['PATH']).toMatch(/^\/nowhere:./);
  expect(last.env['PATH']).toMatch(/.:\/nowhere$/);
});

test('without Go, or with one too old, the error says what is needed for what', async () => {
  await expect(requireGo(createHost({ PATH: '/nowhere' }, signal), '1.24', 'build kind')).rejects.toMatchObject({
    code: 'GO_MISSING',
    message: 'there is no Go on the PATH, which is needed to build kind',
  });
  await expect(requireGo(host, '99.0', 'build kind')).rejects.toMatchObject({ code: 'GO_TOO_OLD' });
});

test.each([
  ['1.26.8', '1.26', true],
  ['1.26', '1.26', true],
  ['1.9.1', '1.24', false],
  ['2.0', '1.26', true],
])('version %s against %s: %s', (version, minimum, expected) => {
  expect(isAtLeast(version, minimum)).toBe(expected);
});
