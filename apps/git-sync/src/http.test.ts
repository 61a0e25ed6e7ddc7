/** What only a remote behind HTTP can show: credentials, redirects, and a server that does not answer. */
import { watch } from 'node:fs';
import { describe, expect, test, vi } from 'vitest';
import { argumentsOf, processIds } from '@pod-patterns/runtime/test-support/process-tree.ts';
import { startGitSync } from './test-support/git-sync-process.ts';
import { serveOverHttp } from './test-support/http-remote.ts';
import { readAllFiles } from './test-support/read-files.ts';
import { Remote } from './test-support/remote.ts';

test('publishes what it fetches over HTTP', async () => {
  using remote = new Remote();
  const hash = remote.commit({ a: '1' });
  await using server = await serveOverHttp(remote);
  await using gitSync = startGitSync([`--repo=${server.url}`, `--root=${remote.root}`, '--link=current', '--one-time']);
  expect(await gitSync.waitForExit()).toBe(0);
  expect(remote.published()).toBe(hash);
});

test('an idle poll is one question over one connection: nothing is fetched, nothing is written', async () => {
  using remote = new Remote();
  remote.commit({ a: '1' });
  const questions: string[] = [];
  const connections = new Set<number | undefined>();
  await using server = await serveOverHttp(remote, ({ method, socket }, body) => {
    questions.push([method, /command=[\w-]+/.exec(body)?.[0]].filter(Boolean).join(' '));
    connections.add(socket.remotePort);
    return 'serve';
  });
  const flags = [`--repo=${server.url}`, `--root=${remote.root}`, '--link=current', '--ref=main', '-v1'];
  await using gitSync = startGitSync([...flags, '--period=50ms', '--max-failures=-1']);
  const polls = () => gitSync.lines.filter(({ level, msg }) => level === 'debug' && msg === 'up to date').length;
  await expect.poll(polls).toBeGreaterThan(0);
  const written: string[] = [];
  const watcher = watch(remote.root, { recursive: true }, (event, file) => written.push(`${event} ${file}`));
  questions.length = 0;
  connections.clear();
  const before = polls();
  await expect.poll(polls).toBeGreaterThanOrEqual(before + 5);
  gitSync.child.kill();
  await gitSync.waitForExit();
  watcher.close();
  expect(written).toEqual([]);
  // git first asks what the server can do, over the same connection.
  expect(new Set(questions)).toEqual(new Set(['GET', 'POST command=ls-refs']));
  expect(questions.length).toBeLessThanOrEqual(2 * connections.size);
});

describe('the user and password of the URL', () => {
  test('reach the server, and no argument of any process nor any file below the root', async () => {
    using remote = new Remote();
    remote.commit({ a: '1' });
    const basic = Buffer.from('me:hunter2').toString('base64');
    let commandLines = '';
    await using server = await serveOverHttp(remote, (request) => {
      commandLines += readCommandLines();
      return request.headers.authorization === `Basic ${basic}` ? 'serve' : { status: 401 };
    });
    const repo = server.url.replace('//', '//me:hunter2@');
    await using gitSync = startGitSync(['--one-time', '--link=current', `--root=${remote.root}`], {
      environment: { GITSYNC_REPO: repo },
    });
    expect(await gitSync.waitForExit()).toBe(0);
    expect(remote.read('a')).toBe('1');
    expect(commandLines).toContain('git-remote-http');
    for (const secret of ['hunter2', basic]) {
      expect(commandLines).not.toContain(secret);
      expect(readAllFiles(remote.root)).not.toContain(secret);
    }
  });

  test('are not sent to where the server redirects to; nothing is', async () => {
    using remote = new Remote();
    remote.commit({ a: '1' });
    await using other = await serveOverHttp(remote);
    await using server = await serveOverHttp(remote, ({ url }) => ({
      status: 301,
      headers: { location: `${other.origin}${url}` },
    }));
    const repo = server.url.replace('//', '//me:hunter2@');
    await using gitSync = startGitSync([`--repo=${repo}`, `--root=${remote.root}`]);
    expect(await gitSync.waitForExit()).toBe(1);
    expect(gitSync.lines).toContainEqual(expect.objectContaining({ remedy: expect.stringContaining('Redirects') }));
    expect(other.requests).toEqual([]);
  });
});

test('a server that stops answering costs --sync-timeout, no git is left over, and the next sync is good', async () => {
  using remote = new Remote();
  remote.commit({ a: '1' });
  let isHanging = false;
  await using server = await serveOverHttp(remote, (_, body) =>
    isHanging && body.includes('command=fetch') ? 'hang' : 'serve',
  );
  const flags = [
    '--sync-timeout=4s',
    '--period=1h',
    '--init-period=50ms',
    '--max-failures=-1',
    '--sync-on-signal=HUP',
    '--link=current',
  ];
  await using gitSync = startGitSync([`--root=${remote.root}`, ...flags], {
    environment: { GITSYNC_REPO: server.url },
  });
  await gitSync.waitForLine('published');
  isHanging = true;
  const second = remote.commit({ a: '2' });
  gitSync.child.kill('SIGHUP');
  await vi.waitFor(() => expect(readCommandLines()).toContain(`git-remote-http ${server.url}`), { timeout: 5_000 });
  const before = gitSync.lines.length;
  await gitSync.waitForLine('sync failed, will try again', (line) => gitSync.lines.indexOf(line) >= before);
  expect(gitSync.lines.at(-1)?.['code']).toBe('SYNC_TIMEOUT');
  expect(readCommandLines()).not.toContain(server.url);
  expect(remote.read('a')).toBe('1');
  isHanging = false;
  gitSync.child.kill('SIGHUP');
  await gitSync.waitForLine('published', ({ hash }) => hash === second);
});

test('a git that is killed is a failure like others: counted, tried again, and no process is left', async () => {
  using remote = new Remote();
  const first = remote.commit({ a: '1' });
  let isHanging = false;
  await using server = await serveOverHttp(remote, (_, body) =>
    isHanging && body.includes('command=fetch') ? 'hang' : 'serve',
  );
  const flags = ['--period=50ms', '--max-failures=-1', '--http-bind=127.0.0.1:0', '--link=current', '--ref=main'];
  await using gitSync = startGitSync([`--repo=${server.url}`, `--root=${remote.root}`, ...flags]);
  const { port } = await gitSync.waitForLine('serving /livez, /readyz and /metrics');
  await gitSync.waitForLine('published');
  isHanging = true;
  const second = remote.commit({ a: '2' });
  await expect.poll(() => processesWith('fetch', server.url)).not.toEqual([]);
  // As the kernel does when memory is short: it takes git, and leaves the programs that git has started.
  const [git = 0] = processesWith('fetch', server.url);
  process.kill(git, 'SIGKILL');
  const failure = await gitSync.waitForLine('sync failed, will try again');
  expect(failure).toMatchObject({
    code: 'GIT_FAILED',
    reason: 'git fetch failed: it was killed or ended without a word',
  });
  expect([remote.published(), remote.read('a')]).toEqual([first, '1']);
  isHanging = false;
  await gitSync.waitForLine('published', ({ hash }) => hash === second);
  const metrics = await (await fetch(`http://127.0.0.1:${String(port)}/metrics`)).text();
  expect(metrics).toMatch(/^git_sync_failure_count_total\{code="GIT_FAILED"\} 1$/m);
  expect(metrics).toMatch(/^git_sync_count_total\{status="error"\} 1$/m);
  gitSync.child.kill();
  await gitSync.waitForExit();
  await expect.poll(() => processesWith(server.url)).toEqual([]);
});

/** The processes that have all of this among their arguments. */
function processesWith(...texts: readonly string[]): readonly number[] {
  return processIds().filter((pid) => {
    const args = argumentsOf(pid);
    return texts.every((text) => args.includes(text));
  });
}

/** The arguments of all processes, as every container of a Pod with a shared process namespace can read them. */
function readCommandLines(): string {
  return processIds()
    .map((pid) => argumentsOf(pid).join(' '))
    .join('\n');
}
