import { chmodSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { runCommand } from './run-command.ts';

let folder: string;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'git-sync-command-')));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function script(text: string): string {
  const path = join(folder, 'hook');
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
  return path;
}

function run(command: string, { timeoutMs = 20_000, signal = new AbortController().signal } = {}): Promise<string> {
  return runCommand({ command, cwd: folder, environment: { PATH: process.env['PATH'], X: '1' }, timeoutMs, signal });
}

test('runs in the folder, with that environment only, and tells what it wrote', async () => {
  const command = script('pwd; echo "x=$X home=$HOME" >&2');
  expect((await run(command)).split('\n').toSorted()).toEqual([folder, 'x=1 home=']);
  expect(await run('./hook')).toContain('x=1');
});

test.each([
  ['ends with another code than 0', 'echo because; exit 3', 'ended with 3: because'],
  ['is killed', 'kill -9 $$', 'ended with SIGKILL'],
])('fails if it %s', async (_, text, message) => {
  await expect(run(script(text))).rejects.toMatchObject({
    code: 'HOOK_FAILED',
    message: expect.stringContaining(message),
  });
});

test('fails if there is no such program', async () => {
  await expect(run('/does/not/exist')).rejects.toMatchObject({
    code: 'HOOK_FAILED',
    message: expect.stringContaining('ENOENT'),
  });
});

test('a program that has left something running in the background is not waited for', async () => {
  expect(await run(script('sleep 30 & echo $! > pid; echo done'))).toBe('done');
  process.kill(Number(readFileSync(join(folder, 'pid'), 'utf8')));
});

describe('is ended with all it has started, however stubborn,', () => {
  const command = () =>
    script(
      "trap '' TERM; (trap '' TERM; echo $(exec sh -c 'echo $PPID') > child; while :; do sleep 0.05; done) & while :; do sleep 0.05; done",
    );
  const childPid = async () =>
    await vi.waitFor(() => Number(/^\d+\n/.exec(readFileSync(join(folder, 'child'), 'utf8'))?.[0]), {
      timeout: 10_000,
    });

  test('after the timeout', async () => {
    const ended = run(command(), { timeoutMs: 1_000 });
    ended.catch(() => undefined);
    const pid = await childPid();
    await expect(ended).rejects.toMatchObject({
      code: 'HOOK_FAILED',
      message: expect.stringContaining('did not end within 1s'),
    });
    await expect.poll(() => isRunning(pid)).toBe(false);
  });

  test('when the signal aborts', async () => {
    const controller = new AbortController();
    const ended = run(command(), { signal: controller.signal });
    ended.catch(() => undefined);
    const pid = await childPid();
    expect(isRunning(pid)).toBe(true);
    controller.abort();
    await expect(ended).rejects.toThrow('aborted');
    await expect.poll(() => isRunning(pid)).toBe(false);
  });
});

function isRunning(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
