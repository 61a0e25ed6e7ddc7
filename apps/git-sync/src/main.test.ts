import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { serveOverHttp } from './test-support/http-remote.ts';
import { startGitSync, type GitSyncProcess } from './test-support/git-sync-process.ts';
import { startNamedProgram } from '@pod-patterns/runtime/test-support/named-program.ts';
import { Remote } from './test-support/remote.ts';

const POLLING = ['--period=50ms', '--max-failures=-1', '--http-bind=127.0.0.1:0', '--link=current'];

function follow(remote: Remote, ...more: readonly string[]): GitSyncProcess {
  return startGitSync([`--repo=${remote.url}`, `--root=${remote.root}`, '--ref=main', ...POLLING, ...more]);
}

async function opsUrl(gitSync: GitSyncProcess): Promise<string> {
  const { port } = await gitSync.waitForLine('serving /livez, /readyz and /metrics');
  return `http://127.0.0.1:${String(port)}`;
}

async function statusOf(url: string): Promise<number> {
  const response = await fetch(url);
  await response.arrayBuffer();
  return response.status;
}

describe('once', () => {
  test('--one-time publishes and ends with 0', async () => {
    using remote = new Remote();
    const hash = remote.commit({ a: '1' });
    const home = mkdtempSync(join(tmpdir(), 'git-sync-main-'));
    await using gitSync = startGitSync(['--one-time', '--touch-file=touched'], {
      environment: { GITSYNC_REPO: remote.url, GITSYNC_ROOT: remote.root, GITSYNC_LINK: 'current', TMPDIR: home },
    });
    expect(await gitSync.waitForExit()).toBe(0);
    expect(remote.published()).toBe(hash);
    expect(existsSync(join(remote.root, 'touched'))).toBe(true);
    expect(readdirSync(home)).toEqual([]);
    rmSync(home, { recursive: true });
  });

  test('a failure ends it with 1, as --max-failures is 0, and is in the error file', async () => {
    using remote = new Remote();
    await using gitSync = startGitSync([
      `--repo=${remote.url}`,
      `--root=${remote.root}`,
      '--ref=nothing',
      '--error-file=error.json',
    ]);
    expect(await gitSync.waitForExit()).toBe(1);
    expect(gitSync.lines.at(-1)).toMatchObject({ level: 'fatal', code: 'TOO_MANY_FAILURES' });
    expect(JSON.parse(readFileSync(join(remote.root, 'error.json'), 'utf8'))).toMatchObject({
      Msg: 'sync failed, giving up',
      Err: 'the remote has no ref "nothing"',
      Args: { code: 'REF_NOT_FOUND', failures: 1 },
    });
  });

  test('--help and --version print and end with 0', async () => {
    await using help = startGitSync(['--help']);
    expect(await help.waitForExit()).toBe(0);
    expect(help.otherOutput.join('\n')).toContain('--stale-worktree-timeout=TIME');
    await using version = startGitSync(['--version']);
    expect(await version.waitForExit()).toBe(0);
    expect(version.otherOutput).toEqual([expect.stringMatching(/^\d+\.\d+\.\d+$/)]);
  });

  test.each([
    [['--perod=1s'], {}, 2, 'there is no flag --perod; did you mean --period?'],
    [[], { GITSYNC_PEROD: '1s' }, 1, 'there is no variable GITSYNC_PEROD; did you mean GITSYNC_PERIOD?'],
    [['--root=/tmp/x'], {}, 1, '--repo is required'],
  ] as const)('settings that are wrong: %j %j ends with %d', async (args, environment, code, message) => {
    await using gitSync = startGitSync(args, { environment });
    expect(await gitSync.waitForExit()).toBe(code);
    expect(gitSync.lines).toEqual([expect.objectContaining({ level: 'fatal', msg: message })]);
  });

  test('an address that is taken is told', async () => {
    using remote = new Remote();
    await using server = await serveOverHttp(remote);
    const args = [`--repo=${remote.url}`, `--root=${remote.root}`, `--http-bind=${new URL(server.origin).host}`];
    await using gitSync = startGitSync(args);
    expect(await gitSync.waitForExit()).toBe(1);
    expect(gitSync.lines.at(-1)).toMatchObject({ code: 'BIND_FAILED', msg: expect.stringContaining('EADDRINUSE') });
  });

  test.each([
    ['--repo=ext::sh -c touch% CANARY', '--ref=main'],
    ['--repo=--upload-pack=touch CANARY', '--ref=main'],
    ['--repo=-u touch CANARY', '--ref=main'],
    ['--repo=file:///tmp', '--ref=--upload-pack=touch CANARY'],
    ['--repo=file:///tmp', '--ref=-cprotocol.ext.allow=always'],
  ])('%s %s is refused before anything is started', async (...args) => {
    const folder = mkdtempSync(join(tmpdir(), 'git-sync-canary-'));
    const canary = join(folder, 'canary');
    const root = join(folder, 'root');
    await using gitSync = startGitSync([`--root=${root}`, ...args.map((arg) => arg.replace('CANARY', canary))]);
    expect(await gitSync.waitForExit()).toBe(1);
    expect(gitSync.lines).toEqual([expect.objectContaining({ code: expect.stringMatching(/^RE(PO|F)_REFUSED$/) })]);
    expect(readdirSync(folder)).toEqual([]);
    rmSync(folder, { recursive: true });
  });

  test('a password in --repo is in no line of the log', async () => {
    using remote = new Remote();
    const repo = 'http://me:hunter2@127.0.0.1:9/site.git';
    await using gitSync = startGitSync([`--repo=${repo}`, `--root=${remote.root}`, '-v9']);
    expect(await gitSync.waitForExit()).toBe(1);
    const output = JSON.stringify([gitSync.lines, gitSync.otherOutput]);
    expect(output).toContain('http://127.0.0.1:9/site.git');
    expect(output).not.toContain('hunter2');
    expect(output).not.toContain(Buffer.from('me:hunter2').toString('base64'));
  });
});

describe('for ever', () => {
  test('is ready after the first sync, follows, and tells its metrics', async () => {
    using remote = new Remote();
    await using gitSync = follow(remote);
    const url = await opsUrl(gitSync);
    await gitSync.waitForLine('sync failed, will try again');
    expect([await statusOf(`${url}/livez`), await statusOf(`${url}/readyz`), await statusOf(url)]).toEqual([
      200, 503, 503,
    ]);
    const first = remote.commit({ a: '1' });
    await gitSync.waitForLine('published', ({ hash }) => hash === first);
    await expect.poll(() => statusOf(`${url}/readyz`)).toBe(200);
    expect(await statusOf(url)).toBe(200);
    const second = remote.commit({ a: '2' });
    await gitSync.waitForLine('published', ({ hash }) => hash === second);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toContain(`git_sync_commit_info{hash="${second}"} 1`);
    expect(metrics).not.toContain(first);
    expect(metrics).toMatch(/^git_sync_count_total\{status="success"\} 2$/m);
    expect(metrics).toMatch(/^git_sync_count_total\{status="error"\} [1-9]/m);
    expect(metrics).toMatch(/^git_sync_duration_seconds_count\{status="success"\} 2$/m);
    expect(metrics).toMatch(/^git_fetch_count_total 2$/m);
    const lastSuccess = Number(/^git_sync_last_success_timestamp_seconds (\S+)$/m.exec(metrics)?.[1]);
    expect(Math.abs(Date.now() / 1_000 - lastSuccess)).toBeLessThan(30);
  });

  test('keeps the last good tree while the remote is away, says that it is stale, and recovers', async () => {
    using remote = new Remote();
    remote.commit({ a: '1' });
    await using gitSync = follow(remote, '--ready-max-age=300ms', '--error-file=error.json');
    const url = await opsUrl(gitSync);
    await gitSync.waitForLine('published');
    remote.hide();
    await vi.waitFor(async () => expect(await statusOf(`${url}/readyz`)).toBe(503), { timeout: 10_000 });
    expect(await (await fetch(`${url}/readyz`)).text()).toMatch(/- sync-age: the last good sync was \d+s ago/);
    const errorFile = join(remote.root, 'error.json');
    await expect.poll(() => existsSync(errorFile)).toBe(true);
    expect(remote.read('a')).toBe('1');
    remote.show();
    const second = remote.commit({ a: '2' });
    await gitSync.waitForLine('published', ({ hash }) => hash === second);
    await vi.waitFor(async () => expect(await statusOf(`${url}/readyz`)).toBe(200), { timeout: 10_000 });
    await expect.poll(() => existsSync(errorFile)).toBe(false);
  });

  test('waits longer after each failure', async () => {
    using remote = new Remote();
    remote.commit({ a: '1' });
    await using gitSync = follow(remote);
    await gitSync.waitForLine('published');
    remote.hide();
    const { retry_in_ms } = await gitSync.waitForLine('sync failed, will try again', ({ failures }) => failures === 4);
    // 50 ms, doubled three times, of which up to half is left out.
    expect(retry_in_ms).toBeGreaterThanOrEqual(200);
    expect(retry_in_ms).toBeLessThanOrEqual(400);
  });

  test.each(['SIGHUP', 'HUP', '1'])('--sync-on-signal=%s cuts the wait short', async (spelling) => {
    using remote = new Remote();
    remote.commit({ a: '1' });
    await using gitSync = follow(remote, '--period=1h', `--sync-on-signal=${spelling}`);
    await gitSync.waitForLine('published');
    const second = remote.commit({ a: '2' });
    gitSync.child.kill('SIGHUP');
    await gitSync.waitForLine('published', ({ hash }) => hash === second);
    expect(remote.read('a')).toBe('2');
  });

  test('signals the process of a name once for each commit, and not after a restart without a new one', async () => {
    using remote = new Remote();
    remote.commit({ a: '1' });
    const name = `gs-main-${process.pid}`;
    await using program = await startNamedProgram(name);
    const flags = [`--signal-process=${name}`, '--signal=HUP'];
    {
      await using gitSync = follow(remote, ...flags);
      await gitSync.waitForLine('signal sent');
      const second = remote.commit({ a: '2' });
      const sent = await gitSync.waitForLine('signal sent', ({ hash }) => hash === second);
      expect(sent).toMatchObject({ process: name, signal: 'SIGHUP', target_pid: program.pid });
      await expect.poll(() => program.received()).toEqual(['master', 'master']);
      const metrics = await (await fetch(`${await opsUrl(gitSync)}/metrics`)).text();
      expect(metrics).toMatch(/^git_sync_signal_count_total\{status="sent"\} 2$/m);
    }
    await using gitSync = follow(remote, ...flags);
    const first = await gitSync.waitForLine('up to date');
    expect(first.level).toBe('info');
    const third = remote.commit({ a: '3' });
    await gitSync.waitForLine('signal sent', ({ hash }) => hash === third);
    await expect.poll(() => program.received()).toEqual(['master', 'master', 'master']);
  });

  test('a process that is not there is no error', async () => {
    using remote = new Remote();
    remote.commit({ a: '1' });
    await using gitSync = follow(remote, '--signal-process=gs-not-there');
    expect(await gitSync.waitForLine('no process to signal')).toMatchObject({ level: 'info', process: 'gs-not-there' });
    const url = await opsUrl(gitSync);
    expect(await (await fetch(`${url}/metrics`)).text()).toMatch(
      /^git_sync_signal_count_total\{status="not_found"\} 1$/m,
    );
    expect(await statusOf(`${url}/readyz`)).toBe(200);
  });
});

test('a clock that is set an hour ahead or back changes no wait, no age and no grace', async () => {
  using remote = new Remote();
  const [clock, preload] = [join(remote.folder, 'clock'), join(remote.folder, 'clock.mjs')];
  const setClock = (hours: number) => writeFileSync(clock, String(hours * 3_600_000));
  writeFileSync(
    preload,
    `import { readFileSync } from 'node:fs';
const now = Date.now;
Date.now = () => now() + Number(readFileSync('${clock}'));
globalThis.Date = new Proxy(Date, { construct: (Date, args) => new Date(...(args.length > 0 ? args : [Date.now()])) });`,
  );
  setClock(0);
  const flags = [`--repo=${remote.url}`, `--root=${remote.root}`, '--ref=main', ...POLLING];
  await using gitSync = startGitSync([...flags, '--ready-max-age=1m', '--stale-worktree-timeout=1m'], {
    environment: { NODE_OPTIONS: `--import=${preload}` },
  });
  const url = await opsUrl(gitSync);
  const published: string[] = [];
  for (const hours of [0, 0, 1, -1]) {
    setClock(hours);
    const hash = remote.commit({ a: String(published.length) });
    const line = await gitSync.waitForLine('published', (line) => line['hash'] === hash);
    expect((Date.parse(String(line['time'])) - Date.now()) / 3_600_000).toBeCloseTo(hours, 1);
    expect(line['duration_ms']).toBeGreaterThan(0);
    published.push(hash);
    await expect.poll(() => statusOf(`${url}/readyz`)).toBe(200);
    expect(readdirSync(join(remote.root, '.worktrees')).toSorted()).toEqual(published.toSorted());
  }
});

describe('SIGTERM', () => {
  test('while it waits: ends with 0 at once', async () => {
    using remote = new Remote();
    remote.commit({ a: '1' });
    await using gitSync = follow(remote, '--period=1h');
    await gitSync.waitForLine('published');
    const startMs = performance.now();
    gitSync.child.kill('SIGTERM');
    expect(await gitSync.waitForExit()).toBe(0);
    expect(performance.now() - startMs).toBeLessThan(2_000);
  });

  test('while git fetches from a server that does not answer: ends with 0, and leaves nothing half-done', async () => {
    using remote = new Remote();
    remote.commit({ a: '1' });
    const { promise: isFetching, resolve: onFetch } = Promise.withResolvers<void>();
    await using server = await serveOverHttp(remote, (_, body) => {
      if (!body.includes('command=fetch')) return 'serve';
      onFetch();
      return 'hang';
    });
    await using gitSync = startGitSync([`--repo=${server.url}`, `--root=${remote.root}`, '--link=current']);
    await isFetching;
    const startMs = performance.now();
    gitSync.child.kill('SIGTERM');
    expect(await gitSync.waitForExit()).toBe(0);
    expect(performance.now() - startMs).toBeLessThan(2_000);
    const left = readdirSync(remote.root, { recursive: true }).map(String);
    expect(left.filter((path) => /\.lock$|current|tmp_/.test(path))).toEqual([]);
  });
});
