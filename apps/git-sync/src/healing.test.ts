/** What is broken heals: in the published tree at the next pass, in our own files at the next start. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Remote, runGit } from './test-support/remote.ts';
import { startSyncer } from './test-support/syncer.ts';

describe('the published tree is mended when', () => {
  const damages: readonly (readonly [string, (link: string) => void])[] = [
    ['a file is deleted', (link) => rmSync(join(link, 'a'))],
    ['a file is changed', (link) => writeFileSync(join(link, 'a'), 'changed')],
    ['the whole tree is deleted', (link) => rmSync(join(link, '..', readlinkSync(link)), { recursive: true })],
    ['another commit is checked out in it', (link) => commitIn(link)],
    ['git has forgotten it', (link) => rmSync(join(link, '..', '.git', 'worktrees'), { recursive: true })],
  ];

  test.each(damages)('%s, even while the remote is away', async (_, damage) => {
    using remote = new Remote();
    const hash = remote.commit({ a: '1', b: '2' });
    await using syncer = await startSyncer(remote);
    await syncer.sync();
    damage(remote.link);
    remote.hide();
    await expect(syncer.sync()).rejects.toMatchObject({ code: 'REMOTE_NOT_FOUND' });
    expect([remote.read('a'), remote.read('b')]).toEqual(['1', '2']);
    remote.show();
    expect(await syncer.sync()).toEqual({ hash, previousHash: hash });
  });

  test('but files that a reader has put there stay', async () => {
    using remote = new Remote();
    remote.commit({ a: '1' });
    await using syncer = await startSyncer(remote);
    await syncer.sync();
    writeFileSync(join(remote.link, 'cache'), 'x');
    syncer.commands.length = 0;
    await syncer.sync();
    expect(syncer.commands).not.toContain('reset');
    expect(remote.read('cache')).toBe('x');
  });

  test('a repository whose files never agree with its attributes is published once and left alone', async () => {
    using remote = new Remote();
    const hash = remote.commit({ '.gitattributes': '* text=auto eol=lf\n', 'dos.txt': 'a\r\nb\r\n' });
    await using syncer = await startSyncer(remote);
    expect(await syncer.sync()).toMatchObject({ hash });
    // The index is now older than any file, so that git looks at the content.
    await syncer.sync();
    syncer.commands.length = 0;
    await syncer.sync();
    expect(syncer.commands).toEqual(['status', 'ls-remote']);
  });
});

describe('what an earlier run left behind is healed at the start:', () => {
  async function publishedOnce(remote: Remote): Promise<string> {
    const hash = remote.commit({ a: '1', b: '2' });
    await using syncer = await startSyncer(remote);
    await syncer.sync();
    return hash;
  }

  test('lock files of every kind', async () => {
    using remote = new Remote();
    const first = await publishedOnce(remote);
    const git = join(remote.root, '.git');
    const locks = ['shallow', 'HEAD', 'config', 'packed-refs', 'refs/git-sync/fetched', `worktrees/${first}/index`];
    for (const name of locks) writeFileSync(join(git, `${name}.lock`), '');
    mkdirSync(join(git, 'objects/pack'), { recursive: true });
    writeFileSync(join(git, 'objects/pack/tmp_pack_abc'), 'half');
    writeFileSync(join(git, 'gc.pid'), `${process.pid} elsewhere`);
    const second = remote.commit({ a: '2' });
    await using syncer = await startSyncer(remote);
    expect(await syncer.sync()).toEqual({ hash: second, previousHash: first });
    expect(existsSync(join(git, 'objects/pack/tmp_pack_abc'))).toBe(false);
    for (const name of locks) expect(existsSync(join(git, `${name}.lock`))).toBe(false);
  });

  test('temporary links and repositories', async () => {
    using remote = new Remote();
    const hash = await publishedOnce(remote);
    symlinkSync('nowhere', join(remote.root, '.git-sync-tmp-current-1'));
    mkdirSync(join(remote.root, '.git-sync-tmp-.git-2', '.git'), { recursive: true });
    await using syncer = await startSyncer(remote);
    await syncer.sync();
    expect(readdirSync(remote.root).sort()).toEqual(['.git', '.worktrees', 'current']);
    expect(remote.published()).toBe(hash);
  });

  test('half a tree of the commit that comes next', async () => {
    using remote = new Remote();
    await publishedOnce(remote);
    const next = remote.commit({ a: '2', b: '3' });
    mkdirSync(join(remote.root, '.worktrees', next));
    writeFileSync(join(remote.root, '.worktrees', next, 'a'), 'half');
    await using syncer = await startSyncer(remote);
    await syncer.sync();
    expect([remote.published(), remote.read('a'), remote.read('b')]).toEqual([next, '2', '3']);
  });

  test('half a tree that nobody asks for any more', async () => {
    using remote = new Remote();
    const hash = await publishedOnce(remote);
    mkdirSync(join(remote.root, '.worktrees', 'c'.repeat(40)));
    await using syncer = await startSyncer(remote, { flags: ['--stale-worktree-timeout=1h'] });
    await syncer.sync();
    expect(readdirSync(join(remote.root, '.worktrees'))).toEqual([hash]);
  });

  const breakages: readonly (readonly [string, (gitDir: string) => void])[] = [
    ['HEAD is gone', (gitDir) => rmSync(join(gitDir, 'HEAD'))],
    ['HEAD is garbage', (gitDir) => writeFileSync(join(gitDir, 'HEAD'), 'garbage')],
    ['the objects are gone', (gitDir) => rmSync(join(gitDir, 'objects'), { recursive: true })],
    ['the objects are empty files', (gitDir) => emptyObjects(join(gitDir, 'objects'))],
    ['the pack is cut short', (gitDir) => spoilPack(gitDir, '.pack')],
    ['the index of the pack is cut short', (gitDir) => spoilPack(gitDir, '.idx')],
    ['the configuration is garbage', (gitDir) => writeFileSync(join(gitDir, 'config'), '\0[[[')],
    ['it is no folder', (gitDir) => (rmSync(gitDir, { recursive: true }), writeFileSync(gitDir, 'x'))],
  ];

  test.each(breakages)('a repository of which %s, while the link stays valid', async (_, break_) => {
    using remote = new Remote();
    const first = await publishedOnce(remote);
    break_(join(remote.root, '.git'));
    remote.hide();
    {
      await using syncer = await startSyncer(remote);
      await expect(syncer.sync()).rejects.toMatchObject({ code: 'REMOTE_NOT_FOUND' });
      expect([remote.published(), remote.read('a'), remote.read('b')]).toEqual([first, '1', '2']);
      const inode = statSync(join(remote.link, 'a')).ino;
      remote.show();
      expect(await syncer.sync()).toEqual({ hash: first, previousHash: first });
      expect(statSync(join(remote.link, 'a')).ino).toBe(inode);
    }
    const second = remote.commit({ a: '2', b: '2' });
    await using syncer = await startSyncer(remote);
    expect(await syncer.sync()).toEqual({ hash: second, previousHash: first });
    expect(runGit(['-C', remote.link, 'fsck'])).not.toContain('error');
  });

  test('an object that is found broken only when it is needed', async () => {
    using remote = new Remote();
    const first = remote.commit({ a: '1' });
    const second = remote.commit({ a: '2' });
    await using syncer = await startSyncer(remote, { flags: ['--depth=0'] });
    await syncer.sync();
    rmSync(join(remote.root, '.worktrees'), { recursive: true });
    emptyObjects(join(remote.root, '.git/objects'));
    remote.git(['update-ref', 'refs/heads/main', first]);
    await expect(syncer.sync()).rejects.toMatchObject({ code: 'GIT_FAILED' });
    expect(await syncer.sync()).toMatchObject({ hash: first, previousHash: second });
    expect(remote.read('a')).toBe('1');
  });
});

function commitIn(tree: string): void {
  writeFileSync(join(tree, 'a'), 'changed');
  runGit(['-C', tree, 'commit', '--quiet', '--all', '--message=here']);
}

function spoilPack(gitDir: string, extension: string): void {
  runGit(['--git-dir', gitDir, 'repack', '--quiet', '-a', '-d']);
  const folder = join(gitDir, 'objects/pack');
  const path = join(folder, readdirSync(folder).find((name) => name.endsWith(extension)) ?? '');
  chmodSync(path, 0o644);
  truncateSync(path, statSync(path).size / 2);
}

function emptyObjects(folder: string): void {
  for (const { parentPath, name } of readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  )) {
    rmSync(join(parentPath, name));
    writeFileSync(join(parentPath, name), '');
  }
}
