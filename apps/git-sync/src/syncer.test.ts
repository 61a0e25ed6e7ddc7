import { spawn } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { worktreeGitDir } from './layout.ts';
import { Remote, runGit } from './test-support/remote.ts';
import { startSyncer } from './test-support/syncer.ts';

describe('following a ref', () => {
  test('publishes the first commit through a relative link that is named for it', async () => {
    using remote = new Remote();
    const hash = remote.commit({ 'index.html': 'one', 'deep/er/file': 'x' });
    await using syncer = await startSyncer(remote);
    expect(await syncer.sync()).toEqual({ hash, previousHash: undefined });
    expect(readlinkSync(remote.link)).toBe(`.worktrees/${hash}`);
    expect(remote.read('index.html')).toBe('one');
    expect(remote.read('deep/er/file')).toBe('x');
    expect(runGit(['-C', remote.link, 'rev-parse', 'HEAD'])).toBe(hash);
    expect(runGit(['-C', remote.link, 'status', '--porcelain'])).toBe('');
  });

  test('moves to each new commit and removes the tree of the one before', async () => {
    using remote = new Remote();
    const first = remote.commit({ a: '1', gone: 'x' });
    await using syncer = await startSyncer(remote);
    await syncer.sync();
    const second = remote.commit({ a: '2' });
    expect(await syncer.sync()).toEqual({ hash: second, previousHash: first });
    expect(remote.read('a')).toBe('2');
    expect(existsSync(join(remote.link, 'gone'))).toBe(false);
    expect(readdirSync(syncer.layout.worktrees)).toEqual([second]);
    expect(readdirSync(join(syncer.layout.gitDir, 'worktrees'))).toEqual([second]);
  });

  test('tells of the new commit before it removes the tree of the old one', async () => {
    using remote = new Remote();
    const first = remote.commit({ a: '1' });
    const seen: (readonly string[])[] = [];
    const onSynced = () => seen.push(readdirSync(join(remote.root, '.worktrees')).toSorted());
    await using syncer = await startSyncer(remote, { onSynced });
    await syncer.sync();
    const second = remote.commit({ a: '2' });
    await syncer.sync();
    expect(seen).toEqual([[first], [first, second].toSorted()]);
    expect(readdirSync(syncer.layout.worktrees)).toEqual([second]);
  });

  test('a tree that nobody has touched is not read again at each look', async () => {
    using remote = new Remote();
    const hash = remote.commit({ a: '1' });
    await using syncer = await startSyncer(remote);
    await syncer.sync();
    const seconds = (path: string) => Math.floor(lstatSync(path).mtimeMs / 1_000);
    const index = join(worktreeGitDir(syncer.layout, hash), 'index');
    // Git reads those again that are not older than its index.
    expect(seconds(index)).toBeGreaterThan(seconds(join(remote.link, 'a')));
  });

  test('an unchanged ref costs one question to the remote and no write', async () => {
    using remote = new Remote();
    const hash = remote.commit({ a: '1' });
    await using syncer = await startSyncer(remote);
    await syncer.sync();
    syncer.commands.length = 0;
    const before = snapshot(remote.root);
    expect(await syncer.sync()).toEqual({ hash, previousHash: hash });
    expect(syncer.commands).toEqual(['status', 'ls-remote']);
    expect(snapshot(remote.root)).toEqual(before);
  });

  test('of 200 pushes since the last question, the latest is fetched, and no other', async () => {
    using remote = new Remote();
    remote.commit({ a: '0' });
    await using syncer = await startSyncer(remote);
    await syncer.sync();
    const pushes = Array.from({ length: 200 }, (_, push) => {
      const committer = `committer Test <test@example.com> ${1_800_000_000 + push} +0000`;
      const parent = push === 0 ? 'from refs/heads/main^0\n' : '';
      return `commit refs/heads/main\n${committer}\ndata 1\nx\n${parent}M 100644 inline a\ndata 3\n${100 + push}\n`;
    });
    remote.git(['fast-import', '--quiet'], pushes.join(''));
    syncer.commands.length = 0;
    expect(await syncer.sync()).toMatchObject({ hash: remote.hashOf('main') });
    expect(remote.read('a')).toBe('299');
    expect(syncer.commands.filter((command) => command === 'fetch')).toHaveLength(1);
    expect(remote.git(['rev-list', '--count', 'main'])).toBe('201');
    expect(runGit(['-C', remote.root, 'rev-list', '--all', '--count'])).toBe('1');
  });

  test.each([0, 1, 2])(
    'with --depth=%d follows a force-push that shares no history, and the way back',
    async (depth) => {
      using remote = new Remote();
      const first = remote.commit({ a: '1' });
      remote.commit({ a: '2' });
      await using syncer = await startSyncer(remote, { flags: [`--depth=${depth}`] });
      await syncer.sync();
      const rewritten = remote.commit({ b: '3' }, { isRewrite: true });
      expect(await syncer.sync()).toMatchObject({ hash: rewritten });
      remote.git(['update-ref', 'refs/heads/main', first]);
      expect(await syncer.sync()).toMatchObject({ hash: first });
      expect(remote.read('a')).toBe('1');
    },
  );

  test('follows a tag that moves, and publishes the commit of an annotated one', async () => {
    using remote = new Remote();
    const first = remote.commit({ a: '1' });
    const second = remote.commit({ a: '2' });
    remote.git(['tag', 'v1', first]);
    await using syncer = await startSyncer(remote, { flags: ['--ref=v1'] });
    expect(await syncer.sync()).toMatchObject({ hash: first });
    remote.git(['-c', 'user.name=T', '-c', 'user.email=t@e', 'tag', '-f', '-a', '-m', 'x', 'v1', second]);
    expect(await syncer.sync()).toMatchObject({ hash: second });
    syncer.commands.length = 0;
    await syncer.sync();
    expect(syncer.commands).not.toContain('fetch');
  });

  test('a full hash need not be a tip, and once it is published, needs no remote', async () => {
    using remote = new Remote();
    remote.commit({ a: '0' });
    const hash = remote.commit({ a: '1' });
    remote.commit({ a: '2' });
    {
      await using syncer = await startSyncer(remote, { flags: [`--ref=${hash}`] });
      await syncer.sync();
    }
    remote.hide();
    await using syncer = await startSyncer(remote, { flags: [`--ref=${hash}`] });
    expect(await syncer.sync()).toEqual({ hash, previousHash: hash });
  });

  test('honours another --depth after a restart', async () => {
    using remote = new Remote();
    for (const text of ['1', '2', '3']) remote.commit({ a: text });
    const commits = () => Number(runGit(['-C', remote.link, 'rev-list', '--count', 'HEAD']));
    for (const [depth, expected] of [
      [1, 1],
      [2, 2],
      [0, 3],
      [1, 1],
    ] as const) {
      await using syncer = await startSyncer(remote, { flags: [`--depth=${depth}`] });
      await syncer.sync();
      expect(commits()).toBe(expected);
    }
  });
});

test('a root and a link in folders that are symlinks', async () => {
  using remote = new Remote();
  const hash = remote.commit({ a: '1' });
  for (const name of ['root', 'public']) {
    mkdirSync(join(remote.folder, 'volume', 'deep', name), { recursive: true });
    symlinkSync(join('volume', 'deep', name), join(remote.folder, name));
  }
  const link = join(remote.folder, 'public', 'site');
  await using syncer = await startSyncer(remote, { link });
  expect(await syncer.sync()).toMatchObject({ hash });
  expect(readlinkSync(link)).toBe(`../root/.worktrees/${hash}`);
  expect(readFileSync(join(link, 'a'), 'utf8')).toBe('1');
});

test('a root that cannot be a folder is an error that names it', async () => {
  using remote = new Remote();
  writeFileSync(remote.root, '');
  await expect(startSyncer(remote)).rejects.toMatchObject({
    code: 'ROOT_UNUSABLE',
    message: expect.stringContaining(`cannot use ${remote.root} as --root`),
  });
});

test('a root within another repository, with a name that a shell or git would take apart', async () => {
  using remote = new Remote();
  const hash = remote.commit({ a: '1' });
  runGit(['init', '--quiet', remote.folder]);
  const root = join(remote.folder, `-x $(id) "'ü*\n`);
  await using syncer = await startSyncer(remote, { flags: [`--root=${root}`], link: join(root, 'current') });
  expect(await syncer.sync()).toMatchObject({ hash });
  expect(await syncer.sync()).toMatchObject({ previousHash: hash });
  expect(readFileSync(join(root, 'current', 'a'), 'utf8')).toBe('1');
});

describe('failures leave the link where it is', () => {
  test('a remote that is gone, and back with a new commit', async () => {
    using remote = new Remote();
    const first = remote.commit({ a: '1' });
    await using syncer = await startSyncer(remote);
    await syncer.sync();
    remote.hide();
    await expect(syncer.sync()).rejects.toMatchObject({ code: 'REMOTE_NOT_FOUND' });
    expect(remote.published()).toBe(first);
    expect(remote.read('a')).toBe('1');
    remote.show();
    const second = remote.commit({ a: '2' });
    expect(await syncer.sync()).toEqual({ hash: second, previousHash: first });
  });

  test('a branch that is deleted, and pushed again', async () => {
    using remote = new Remote();
    const first = remote.commit({ a: '1' });
    await using syncer = await startSyncer(remote);
    await syncer.sync();
    remote.git(['update-ref', '-d', 'refs/heads/main']);
    await expect(syncer.sync()).rejects.toMatchObject({ code: 'REF_NOT_FOUND' });
    expect([remote.published(), remote.read('a')]).toEqual([first, '1']);
    const second = remote.commit({ a: '2' });
    expect(await syncer.sync()).toEqual({ hash: second, previousHash: first });
  });

  test('a ref that does not exist', async () => {
    using remote = new Remote();
    remote.commit({ a: '1' });
    await using syncer = await startSyncer(remote, { flags: ['--ref=nothing'] });
    await expect(syncer.sync()).rejects.toMatchObject({
      code: 'REF_NOT_FOUND',
      message: 'the remote has no ref "nothing"',
    });
    expect(existsSync(remote.link)).toBe(false);
  });

  test('a hash that the remote does not have', async () => {
    using remote = new Remote();
    remote.commit({ a: '1' });
    await using syncer = await startSyncer(remote, { flags: [`--ref=${'b'.repeat(40)}`] });
    await expect(syncer.sync()).rejects.toMatchObject({ code: 'COMMIT_NOT_FOUND' });
  });

  test('a folder in place of the link is not touched', async () => {
    using remote = new Remote();
    const hash = remote.commit({ a: '1' });
    mkdirSync(remote.link, { recursive: true });
    await using syncer = await startSyncer(remote);
    await expect(syncer.sync()).rejects.toMatchObject({ code: 'LINK_OCCUPIED' });
    expect(lstatSync(remote.link).isDirectory()).toBe(true);
    rmSync(remote.link, { recursive: true });
    expect(await syncer.sync()).toMatchObject({ hash });
  });

  test('an aborted pass', async () => {
    using remote = new Remote();
    remote.commit({ a: '1' });
    await using syncer = await startSyncer(remote);
    await expect(syncer.sync(AbortSignal.abort())).rejects.toThrow('aborted');
    expect(existsSync(remote.link)).toBe(false);
  });
});

describe('trees that are no longer published', () => {
  test('stay for the stale time with a reader that works in one', async () => {
    using remote = new Remote();
    remote.commit({ a: '1' });
    await using syncer = await startSyncer(remote, { flags: ['--stale-worktree-timeout=1m'] });
    await syncer.sync();
    const reader = spawn('sh', ['-c', 'read line; cat a'], { cwd: remote.link });
    for (const a of ['2', '3']) {
      remote.commit({ a });
      await syncer.sync();
    }
    reader.stdin.end('\n');
    expect([await text(reader.stdout), remote.read('a')]).toEqual(['1', '3']);
  });

  test('stay for the stale time and can be published again meanwhile', async () => {
    using remote = new Remote();
    let nowMs = 0;
    await using syncer = await startSyncer(remote, {
      flags: ['--stale-worktree-timeout=1m'],
      clockMs: () => nowMs,
    });
    const first = remote.commit({ a: '1' });
    await syncer.sync();
    const second = remote.commit({ a: '2' });
    await syncer.sync();
    nowMs += 59_000;
    await syncer.sync();
    expect(readdirSync(syncer.layout.worktrees).sort()).toEqual([first, second].sort());
    remote.git(['update-ref', 'refs/heads/main', first]);
    expect(await syncer.sync()).toMatchObject({ hash: first });
    expect(remote.read('a')).toBe('1');
    nowMs += 61_000;
    await syncer.sync();
    expect(readdirSync(syncer.layout.worktrees)).toEqual([first]);
  });

  test('go after a restart too, by the time they were left at', async () => {
    using remote = new Remote();
    const flags = ['--stale-worktree-timeout=1m'];
    const [old, left] = [remote.commit({ a: '1' }), remote.commit({ a: '2' })];
    for (const hash of [old, left, remote.commit({ a: '3' })]) {
      await using syncer = await startSyncer(remote, { flags: [...flags, `--ref=${hash}`] });
      await syncer.sync();
    }
    const worktrees = join(remote.root, '.worktrees');
    const minuteAgo = Date.now() / 1_000 - 61;
    utimesSync(join(worktrees, old), minuteAgo, minuteAgo);
    await using syncer = await startSyncer(remote, { flags });
    await syncer.sync();
    expect(readdirSync(worktrees).toSorted()).toEqual([left, remote.hashOf('main')].toSorted());
  });
});

/** Every path below a folder with what a write would change. */
function snapshot(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).map(({ parentPath, name }) => {
    const path = join(parentPath, name);
    const { ino, size, mtimeMs } = lstatSync(path);
    return `${path} ${ino} ${size} ${mtimeMs}`;
  });
}
