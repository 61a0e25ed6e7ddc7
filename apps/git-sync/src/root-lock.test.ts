import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createLogger } from '@pod-patterns/runtime/logger.ts';
import { withRootLock } from './root-lock.ts';
import { startGitSync } from './test-support/git-sync-process.ts';
import { Remote } from './test-support/remote.ts';

const followTo = (remote: Remote, ...more: readonly string[]) =>
  startGitSync([`--repo=${remote.url}`, `--root=${remote.root}`, '--link=current', '--ref=main', ...more]);

describe.runIf(process.platform === 'linux')('two git-syncs on one volume', () => {
  test('take turns: none disturbs the other, and each tells of every commit', async () => {
    using remote = new Remote();
    await using one = followTo(remote, '--period=10ms');
    await using other = followTo(remote, '--period=10ms');
    for (let push = 0; push < 10; push += 1) {
      const hash = remote.commit({ a: String(push), b: String(push) });
      await expect
        .poll(() => [one, other].every(({ lines }) => lines.some((line) => line['hash'] === hash)))
        .toBe(true);
      expect([remote.published(), remote.read('a'), remote.read('b')]).toEqual([hash, String(push), String(push)]);
    }
    expect([one, other].flatMap(({ lines }) => lines.filter(({ level }) => level !== 'info'))).toEqual([]);
  });

  test('one waits for the other no longer than --sync-timeout, and goes on when that is gone', async () => {
    using remote = new Remote();
    const hash = remote.commit({ a: '1' });
    mkdirSync(remote.root);
    const holder = spawn('flock', [join(remote.root, '.git-sync-lock'), 'sh', '-c', 'echo held; exec cat']);
    await once(holder.stdout, 'data');
    await using gitSync = followTo(remote, '--sync-timeout=300ms', '--period=50ms', '--max-failures=-1');
    const failure = await gitSync.waitForLine('sync failed, will try again');
    expect(failure).toMatchObject({ code: 'ROOT_IN_USE', reason: expect.stringContaining(remote.root) });
    expect(remote.published()).toBeUndefined();
    holder.stdin.end();
    await once(holder, 'close');
    await gitSync.waitForLine('published', (line) => line['hash'] === hash);
  });
});

test('a root that may not be written to is an error that names it', async () => {
  using remote = new Remote();
  chmodSync(remote.folder, 0o755);
  mkdirSync(remote.root, { mode: 0o555 });
  const options = {
    root: remote.root,
    environment: process.env,
    log: createLogger({ service: 'test', level: 'silent' }),
  };
  // Who is root may write everywhere.
  if (process.geteuid?.() === 0) process.seteuid?.(65_533);
  const ended = withRootLock(options, new AbortController().signal, async () => {});
  await expect(ended.finally(() => process.seteuid?.(process.getuid?.() ?? 0))).rejects.toMatchObject({
    code: 'ROOT_UNUSABLE',
    message: expect.stringContaining(`cannot use ${remote.root} as --root: EACCES`),
  });
});
