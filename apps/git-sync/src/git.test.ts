import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createLogger } from '@pod-patterns/runtime/logger.ts';
import { createGit } from './git.ts';
import { runGit } from './test-support/remote.ts';

const log = createLogger({ service: 'test', level: 'silent' });
const FOREVER = new AbortController().signal;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'git-sync-git-'));
  mkdirSync(join(folder, 'bin'));
  runGit(['init', '--quiet', join(folder, 'repo')]);
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Puts a program in PATH before the real git. */
function fakeGit(script: string): Record<string, string> {
  const path = join(folder, 'bin', 'git');
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return { PATH: `${join(folder, 'bin')}${delimiter}${process.env['PATH']}` };
}

function gitWith(environment: Record<string, string | undefined>) {
  return createGit({ home: folder, protocol: 'file', submoduleProtocols: [], program: 'git', environment, log });
}

const target = () => ({ gitDir: join(folder, 'repo', '.git') });

test('resolves to the output of git', async () => {
  expect(await gitWith(process.env)(['rev-parse', '--git-dir'], target(), FOREVER)).toContain('.git');
});

test('git gets a nearly empty environment, whatever ours holds', async () => {
  const environment = {
    ...fakeGit(`env > ${folder}/env`),
    GIT_SSH_COMMAND: 'touch /tmp/canary',
    GIT_CONFIG_COUNT: '1',
    GIT_EXEC_PATH: '/tmp',
    GITSYNC_REPO: 'https://me:secret@host/x',
    LD_PRELOAD_CANARY: '1',
    HOME: '/root',
    https_proxy: 'http://proxy:3128',
  };
  await gitWith(environment)(['version'], target(), FOREVER);
  const names = readFileSync(join(folder, 'env'), 'utf8')
    .split('\n')
    .map((line) => line.split('=')[0])
    .filter((name) => name !== '' && !['PWD', 'OLDPWD', 'SHLVL', '_'].includes(name ?? ''));
  expect(new Set(names)).toEqual(
    new Set([
      'GIT_ALLOW_PROTOCOL',
      'GIT_ATTR_NOSYSTEM',
      'GIT_CONFIG_NOSYSTEM',
      'GIT_DIR',
      'GIT_OPTIONAL_LOCKS',
      'GIT_PROTOCOL_FROM_USER',
      'GIT_TERMINAL_PROMPT',
      'GIT_TEST_DISALLOW_ABBREVIATED_OPTIONS',
      'HOME',
      'LC_ALL',
      'PATH',
      'https_proxy',
    ]),
  );
});

describe('a failure', () => {
  test('holds what git said, and what to do', async () => {
    const failed = gitWith(process.env)(['ls-remote', '--', `file://${folder}/nothing`], target(), FOREVER);
    await expect(failed).rejects.toMatchObject({
      code: 'REMOTE_NOT_FOUND',
      message: expect.stringContaining('does not appear to be a git repository'),
      remedy: 'Check the path in --repo.',
    });
  });

  test.each([
    ['fails without a word', 'exit 3'],
    ['is killed', 'echo partial; kill -9 $$'],
  ])('is not missed when git %s', async (_, script) => {
    const failed = gitWith(fakeGit(script))(['version'], target(), FOREVER);
    await expect(failed).rejects.toMatchObject({ code: 'GIT_FAILED' });
  });

  test.each([
    ['error: unable to write file large', 'DISK_FULL'],
    ['fatal: write error: No space left on device', 'DISK_FULL'],
    ['fatal: early EOF', 'TRANSFER_BROKEN'],
    ['error: RPC failed; curl 56 Recv failure: Connection reset by peer', 'TRANSFER_BROKEN'],
  ])('with the words %j is told as %s', async (words, code) => {
    const failed = gitWith(fakeGit(`echo '${words}' >&2; exit 128`))(['fetch'], target(), FOREVER);
    await expect(failed).rejects.toMatchObject({ code });
  });

  test('says when there is no git', async () => {
    const failed = gitWith({ PATH: join(folder, 'bin') })(['version'], target(), FOREVER);
    await expect(failed).rejects.toMatchObject({ code: 'GIT_MISSING' });
  });

  test('another protocol than that of --repo is not spoken', async () => {
    const failed = gitWith(process.env)(['ls-remote', '--', 'http://127.0.0.1:1/x'], target(), FOREVER);
    await expect(failed).rejects.toMatchObject({ message: expect.stringContaining("transport 'http' not allowed") });
  });
});

describe('when the signal aborts', () => {
  // Neither the parent nor the child goes by itself, and the child has lost its parent's pipe.
  const stubborn = () =>
    fakeGit(`trap '' INT TERM; (trap '' INT TERM; echo $(exec sh -c 'echo $PPID') > ${folder}/child; while :; do sleep 0.05; done) >/dev/null 2>&1 &
echo $$ > ${folder}/parent; while :; do sleep 0.05; done`);

  test('git and all it has started is gone soon, with the reason in the error', async () => {
    const controller = new AbortController();
    const ended = gitWith(stubborn())(['fetch'], target(), controller.signal);
    ended.catch(() => undefined);
    const pids = await vi.waitFor(
      () => ['parent', 'child'].map((name) => Number(/^\d+\n/.exec(readFileSync(join(folder, name), 'utf8'))?.[0])),
      { timeout: 5_000 },
    );
    expect(pids.every((pid) => pid > 1 && existsSync(`/proc/${pid}`))).toBe(true);
    const startMs = performance.now();
    controller.abort(new DOMException('late', 'TimeoutError'));
    await expect(ended).rejects.toMatchObject({
      code: 'SYNC_TIMEOUT',
      message: 'git fetch did not end within --sync-timeout',
    });
    expect(performance.now() - startMs).toBeLessThan(1_500);
    await expect.poll(() => pids.filter(isRunning)).toEqual([]);
  });

  test('nothing is started any more', async () => {
    const environment = fakeGit(`touch ${folder}/started`);
    await expect(gitWith(environment)(['version'], target(), AbortSignal.abort())).rejects.toThrow('aborted');
    expect(existsSync(join(folder, 'started'))).toBe(false);
  });
});

test('keeps nothing of a command that has ended', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const git = gitWith(process.env);
  const runOften = async (count: number) => {
    for (let index = 0; index < count; index += 1) {
      await git(['version'], { gitDir: folder }, new AbortController().signal);
    }
    collect();
    return process.memoryUsage().heapUsed;
  };
  const before = await runOften(50);
  expect((await runOften(200)) - before).toBeLessThan(2_000_000);
});

test('a command about submodules may use other protocols', async () => {
  const options = { home: folder, protocol: 'file', program: 'git', environment: process.env, log } as const;
  const git = createGit({ ...options, submoduleProtocols: ['http', 'ssh'] });
  const args = ['ls-remote', '--', `file://${folder}/repo`];
  expect(await git(args, target(), FOREVER)).toBe('');
  await expect(git(args, { ...target(), isSubmodule: true }, FOREVER)).rejects.toMatchObject({
    message: expect.stringContaining("transport 'file' not allowed"),
  });
});

function isRunning(pid: number): boolean {
  try {
    // A zombie has ended; who has to reap it is not our concern here.
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
