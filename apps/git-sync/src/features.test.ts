/** The flags as the program has them: hooks, pushes, phases, files. */
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startGitSync } from './test-support/git-sync-process.ts';
import { Remote } from './test-support/remote.ts';

function flagsFor(remote: Remote, ...more: readonly string[]): readonly string[] {
  return [`--repo=${remote.url}`, `--root=${remote.root}`, '--ref=main', '--link=current', ...more];
}

function writeScript(remote: Remote, text: string): string {
  const path = join(remote.folder, 'script');
  writeFileSync(path, `#!/bin/sh\n${text}\n`);
  chmodSync(path, 0o755);
  return path;
}

describe('--exechook-command', () => {
  test('runs in the tree for each commit, and again after a restart', async () => {
    using remote = new Remote();
    const out = join(remote.folder, 'out');
    const command = writeScript(remote, `echo "$GITSYNC_HASH $(pwd) $(cat a)" >> ${out}`);
    const flags = flagsFor(remote, '--period=50ms', `--exechook-command=${command}`);
    const lines = () => (existsSync(out) ? readFileSync(out, 'utf8').trim().split('\n') : []);
    const first = remote.commit({ a: '1' });
    const expected = [`${first} ${remote.root}/.worktrees/${first} 1`];
    {
      await using gitSync = startGitSync(flags);
      await gitSync.waitForLine('hook done');
      expect(lines()).toEqual(expected);
      const second = remote.commit({ a: '2' });
      await gitSync.waitForLine('hook done', ({ hash }) => hash === second);
      expected.push(`${second} ${remote.root}/.worktrees/${second} 2`);
      expect(lines()).toEqual(expected);
    }
    await using gitSync = startGitSync(flags);
    await gitSync.waitForLine('hook done');
    expect(lines()).toEqual([...expected, expected[1]]);
  });

  test('that fails with --one-time ends the program with 1; what is published stays', async () => {
    using remote = new Remote();
    const hash = remote.commit({ a: '1' });
    const command = writeScript(remote, 'echo why; exit 7');
    await using gitSync = startGitSync(flagsFor(remote, '--one-time', `--exechook-command=${command}`));
    expect(await gitSync.waitForExit()).toBe(1);
    expect(gitSync.lines).toContainEqual(
      expect.objectContaining({ msg: 'hook failed', reason: expect.stringContaining('ended with 7: why') }),
    );
    expect(remote.published()).toBe(hash);
  });
});

test('--webhook-url is called with the commit until it answers with --webhook-success-status', async () => {
  using remote = new Remote();
  const calls: string[] = [];
  const server = createServer((request, response) => {
    calls.push(`${request.method} ${request.url} ${String(request.headers['gitsync-hash'])}`);
    response.writeHead(calls.length === 1 ? 500 : 204).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/secret-path`;
  const hash = remote.commit({ a: '1' });
  const webhook = [
    `--webhook-url=${url}`,
    '--webhook-method=put',
    '--webhook-success-status=204',
    '--webhook-backoff=1s',
  ];
  await using gitSync = startGitSync(flagsFor(remote, ...webhook, '--http-bind=127.0.0.1:0'));
  await gitSync.waitForLine('hook done');
  server.close();
  expect(calls).toEqual([`PUT /secret-path ${hash}`, `PUT /secret-path ${hash}`]);
  const { port } = await gitSync.waitForLine('serving /livez, /readyz and /metrics');
  const metrics = await (await fetch(`http://127.0.0.1:${String(port)}/metrics`)).text();
  expect(metrics).toMatch(/^git_sync_hook_run_count_total\{name="webhook",status="error"\} 1$/m);
  expect(metrics).toMatch(/^git_sync_hook_run_count_total\{name="webhook",status="success"\} 1$/m);
  expect(JSON.stringify(gitSync.lines)).not.toContain('secret-path');
});

test('a hook that never succeeds does not keep the program from ending', async () => {
  using remote = new Remote();
  remote.commit({ a: '1' });
  const hook = [`--exechook-command=${writeScript(remote, 'exit 1')}`, '--exechook-backoff=1h'];
  await using gitSync = startGitSync(flagsFor(remote, ...hook, '--period=50ms', '--max-failures=1'));
  await gitSync.waitForLine('hook failed');
  remote.hide();
  expect(await gitSync.waitForExit()).toBe(1);
});

test('SIGTERM ends a hook that takes long, with what it has started', async () => {
  using remote = new Remote();
  remote.commit({ a: '1' });
  const pidFile = join(remote.folder, 'pid');
  const command = writeScript(
    remote,
    `trap '' TERM; (trap '' TERM; while :; do sleep 0.05; done) & echo $! > ${pidFile}; wait`,
  );
  await using gitSync = startGitSync(flagsFor(remote, `--exechook-command=${command}`));
  await expect.poll(() => existsSync(pidFile) && readFileSync(pidFile, 'utf8').endsWith('\n')).toBe(true);
  const pid = Number(readFileSync(pidFile, 'utf8'));
  gitSync.child.kill('SIGTERM');
  expect(await gitSync.waitForExit()).toBe(0);
  await expect
    .poll(() => existsSync(`/proc/${pid}`) && !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8')))
    .toBe(false);
});

test('what the gate refuses is in the log, the error file and the metrics, and the link stays', async () => {
  using remote = new Remote();
  const good = remote.commit({ a: 'good' });
  const command = writeScript(remote, 'grep -q good a || { echo "no good"; exit 1; }');
  const gate = [`--pre-publish-exechook-command=${command}`, '--error-file=error.json', '--http-bind=127.0.0.1:0'];
  await using gitSync = startGitSync(flagsFor(remote, ...gate, '--period=50ms', '--max-failures=-1'));
  await gitSync.waitForLine('published');
  const bad = remote.commit({ a: 'bad' });
  const line = await gitSync.waitForLine('sync failed, will try again');
  expect(line).toMatchObject({
    code: 'PRE_PUBLISH_REFUSED',
    reason: expect.stringContaining(`commit ${bad} was refused`),
  });
  // Half of --pre-publish-exechook-backoff at least.
  expect(line['retry_in_ms']).toBeGreaterThanOrEqual(1_500);
  expect(remote.published()).toBe(good);
  const errorFile = join(remote.root, 'error.json');
  await expect.poll(() => existsSync(errorFile)).toBe(true);
  expect(JSON.parse(readFileSync(errorFile, 'utf8'))).toMatchObject({ Err: expect.stringContaining('no good') });
  const { port } = await gitSync.waitForLine('serving /livez, /readyz and /metrics');
  const metrics = await (await fetch(`http://127.0.0.1:${String(port)}/metrics`)).text();
  expect(metrics).toMatch(/^git_sync_failure_count_total\{code="PRE_PUBLISH_REFUSED"\} 1$/m);
  expect(Number(/^git_sync_seconds_behind (\S+)$/m.exec(metrics)?.[1])).toBeGreaterThan(0);
  expect(metrics).toMatch(/^git_sync_step_duration_seconds_count\{step="judge"\} 2$/m);
});

test('a push makes it sync at once, long before the period is over', async () => {
  using remote = new Remote();
  remote.commit({ a: '1' });
  const secretFile = join(remote.folder, 'secret');
  writeFileSync(secretFile, 'top secret');
  const push = ['--push-bind=127.0.0.1:0', `--push-secret-file=${secretFile}`, '--http-bind=127.0.0.1:0'];
  await using gitSync = startGitSync(flagsFor(remote, ...push, '--period=1h'));
  await gitSync.waitForLine('published');
  const { port } = await gitSync.waitForLine('taking pushes');
  const second = remote.commit({ a: '2' });
  const body = '{"ref":"refs/heads/main"}';
  const signature = createHmac('sha256', 'top secret').update(body).digest('hex');
  const headers = { 'X-Hub-Signature-256': `sha256=${signature}` };
  const response = await fetch(`http://127.0.0.1:${String(port)}/push`, { method: 'POST', headers, body });
  expect([response.status, await response.text()]).toEqual([202, 'will sync\n']);
  await gitSync.waitForLine('published', ({ hash }) => hash === second);
});

describe('phases', () => {
  test('--init-max-failures counts until the first success, --max-failures after it', async () => {
    using remote = new Remote();
    const flags = flagsFor(remote, '--period=50ms', '--init-max-failures=-1', '--max-failures=1');
    await using gitSync = startGitSync(flags);
    await gitSync.waitForLine('sync failed, will try again', ({ failures }) => failures === 3);
    remote.commit({ a: '1' });
    await gitSync.waitForLine('published');
    remote.hide();
    expect(await gitSync.waitForExit()).toBe(1);
    expect(gitSync.lines.at(-1)).toMatchObject({ code: 'TOO_MANY_FAILURES', msg: '1 sync has failed in a row' });
  });
});

test('names of version 3 work, with a warning for each', async () => {
  using remote = new Remote();
  const hash = remote.commit({ a: '1' });
  await using gitSync = startGitSync(
    [`--root=${remote.root}`, '--branch=main', '--dest=current', '--ssh', '--one-time'],
    {
      environment: { GIT_SYNC_REPO: remote.path },
    },
  );
  expect(await gitSync.waitForExit()).toBe(0);
  expect(remote.published()).toBe(hash);
  const warnings = gitSync.lines.filter(({ level }) => level === 'warn').map(({ msg }) => msg);
  expect(warnings.toSorted()).toEqual([
    '--branch is out of date: use --ref',
    '--dest is out of date: use --link',
    '--ssh is out of date',
    'GIT_SYNC_REPO is out of date: use GITSYNC_REPO',
  ]);
});

test('--group-write lets the group write, which otherwise may not', async () => {
  using remote = new Remote();
  const hash = remote.commit({ 'sub/a': '1' });
  const modes = () =>
    ['.worktrees', `.worktrees/${hash}/sub`, `.worktrees/${hash}/sub/a`, '.git/objects'].map(
      (path) => statSync(join(remote.root, path)).mode & 0o020,
    );
  {
    await using gitSync = startGitSync(flagsFor(remote, '--one-time', '--group-write'));
    expect(await gitSync.waitForExit()).toBe(0);
    expect(modes()).toEqual([0o020, 0o020, 0o020, 0o020]);
  }
  await using gitSync = startGitSync([...flagsFor(remote, '--one-time'), `--root=${remote.root}-2`]);
  expect(await gitSync.waitForExit()).toBe(0);
  expect(statSync(join(`${remote.root}-2`, '.worktrees', hash, 'sub')).mode & 0o020).toBe(0);
});

test('a setting that is wrong is in the error file too', async () => {
  using remote = new Remote();
  await using gitSync = startGitSync(flagsFor(remote, '--error-file=error.json', '--depth=-1'));
  expect(await gitSync.waitForExit()).toBe(1);
  expect(JSON.parse(readFileSync(join(remote.root, 'error.json'), 'utf8'))).toMatchObject({
    Err: '--depth -1 is below 0',
  });
});

test('--man prints the manual and ends with 0', async () => {
  await using gitSync = startGitSync(['--man']);
  expect(await gitSync.waitForExit()).toBe(0);
  expect(gitSync.otherOutput).toContain('  --repo=URL, $GITSYNC_REPO');
});
