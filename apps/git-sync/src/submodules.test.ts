import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { serveOverHttp } from './test-support/http-remote.ts';
import { Remote, runGit } from './test-support/remote.ts';
import { startSyncer } from './test-support/syncer.ts';

const FILES_ALLOWED = '--git-config=protocol.file.allow:always,safe.directory:*';

function gitmodules(...modules: readonly (readonly [name: string, path: string, url: string])[]): string {
  return modules.map(([name, path, url]) => `[submodule "${name}"]\n\tpath = ${path}\n\turl = ${url}\n`).join('');
}

/** A repository with a submodule, which has one itself. */
function nested() {
  const [outer, middle, inner] = [new Remote(), new Remote(), new Remote()];
  const innerHash = inner.commit({ deepest: 'inner' });
  const middleHash = middle.commit({
    '.gitmodules': gitmodules(['in', 'in', inner.url]),
    in: { commit: innerHash },
    deep: 'middle',
  });
  const entries = { '.gitmodules': gitmodules(['mid', 'lib/mid', middle.url]), 'lib/mid': { commit: middleHash } };
  outer.commit({ ...entries, a: '1' });
  return {
    outer,
    middle,
    inner,
    entries,
    [Symbol.dispose]() {
      for (const remote of [outer, middle, inner]) remote[Symbol.dispose]();
    },
  };
}

describe('--submodules', () => {
  test('recursive: all are published with the commit, at the commits it names', async () => {
    using repositories = nested();
    const { outer, middle } = repositories;
    middle.commit({ deep: 'newer, and not asked for' });
    await using syncer = await startSyncer(outer, { flags: [FILES_ALLOWED] });
    await syncer.sync();
    expect([outer.read('a'), outer.read('lib/mid/deep'), outer.read('lib/mid/in/deepest')]).toEqual([
      '1',
      'middle',
      'inner',
    ]);
    expect(runGit(['-C', outer.link, 'status', '--porcelain'])).toBe('');
  });

  test('shallow: only its own', async () => {
    using repositories = nested();
    const { outer } = repositories;
    await using syncer = await startSyncer(outer, { flags: [FILES_ALLOWED, '--submodules=shallow'] });
    await syncer.sync();
    expect(outer.read('lib/mid/deep')).toBe('middle');
    expect(readdirSync(join(outer.link, 'lib/mid/in'))).toEqual([]);
  });

  test('off: none', async () => {
    using repositories = nested();
    const { outer } = repositories;
    await using syncer = await startSyncer(outer, { flags: ['--submodules=off'] });
    await syncer.sync();
    expect(readdirSync(join(outer.link, 'lib/mid'))).toEqual([]);
  });

  test('an idle poll asks for the repository only', async () => {
    using repositories = nested();
    await using syncer = await startSyncer(repositories.outer, { flags: [FILES_ALLOWED] });
    await syncer.sync();
    syncer.commands.length = 0;
    await syncer.sync();
    expect(syncer.commands).toEqual(['status', 'ls-remote']);
  });

  test('follows: a submodule that moves, goes, and comes back with another address', async () => {
    using repositories = nested();
    const { outer, middle, inner, entries } = repositories;
    await using syncer = await startSyncer(outer, { flags: [FILES_ALLOWED, '--submodules=shallow'] });
    await syncer.sync();
    const moved = middle.commit({ deep: 'moved' });
    outer.commit({ ...entries, 'lib/mid': { commit: moved } });
    await syncer.sync();
    expect(outer.read('lib/mid/deep')).toBe('moved');
    outer.commit({ a: '2' });
    await syncer.sync();
    expect(existsSync(join(outer.link, 'lib'))).toBe(false);
    outer.commit({
      '.gitmodules': gitmodules(['mid', 'lib/mid', inner.url]),
      'lib/mid': { commit: inner.hashOf('main') },
    });
    await syncer.sync();
    expect(outer.read('lib/mid/deepest')).toBe('inner');
  });

  test('one that fails keeps all from being published, until it is there', async () => {
    using repositories = nested();
    const { outer, inner } = repositories;
    inner.hide();
    await using syncer = await startSyncer(outer, { flags: [FILES_ALLOWED] });
    await expect(syncer.sync()).rejects.toMatchObject({ code: 'REMOTE_NOT_FOUND' });
    expect(outer.published()).toBeUndefined();
    inner.show();
    await syncer.sync();
    expect(outer.read('lib/mid/in/deepest')).toBe('inner');
  });

  test('what a killed clone has left is made again', async () => {
    using repositories = nested();
    const { outer, entries } = repositories;
    {
      await using syncer = await startSyncer(outer, { flags: [FILES_ALLOWED] });
      await syncer.sync();
    }
    const next = outer.commit({ ...entries, a: '2' });
    const gitDir = join(outer.root, '.git/worktrees', next);
    mkdirSync(join(gitDir, 'modules/mid/objects'), { recursive: true });
    writeFileSync(join(gitDir, 'modules/mid/HEAD'), 'ref: refs/heads/main\n');
    mkdirSync(join(outer.root, '.worktrees', next, 'lib/mid'), { recursive: true });
    await using syncer = await startSyncer(outer, { flags: [FILES_ALLOWED] });
    await syncer.sync();
    expect([outer.published(), outer.read('lib/mid/in/deepest')]).toEqual([next, 'inner']);
  });

  test.each([
    ['a file of it is changed', (path: string) => writeFileSync(join(path, 'deep'), 'changed')],
    ['a file of it is gone', (path: string) => rmSync(join(path, 'in/deepest'))],
    ['all of it is gone', (path: string) => rmSync(path, { recursive: true })],
  ])('is mended if %s', async (_, damage) => {
    using repositories = nested();
    const { outer } = repositories;
    await using syncer = await startSyncer(outer, { flags: [FILES_ALLOWED] });
    await syncer.sync();
    damage(join(outer.link, 'lib/mid'));
    await syncer.sync();
    expect([outer.read('lib/mid/deep'), outer.read('lib/mid/in/deepest')]).toEqual(['middle', 'inner']);
  });
});

describe('addresses', () => {
  test('relative ones are relative to --repo', async () => {
    using remote = new Remote();
    using module = new Remote();
    const hash = module.commit({ deep: 'x' });
    runGit(['clone', '--quiet', '--bare', module.path, join(remote.folder, 'module.git')]);
    remote.commit({ '.gitmodules': gitmodules(['m', 'm', '../module.git']), m: { commit: hash } });
    await using server = await serveOverHttp(remote);
    await using syncer = await startSyncer(remote, { flags: [`--repo=${server.url}`] });
    await syncer.sync();
    expect(remote.read('m/deep')).toBe('x');
    expect(readFileSync(join(remote.root, '.git/config'), 'utf8')).toContain(server.url);
  });

  test.each([
    ['SUBMODULE_REFUSED', '../../../../../../../../../../../../../evil.example.com/x', 'leads out of'],
    ['SUBMODULE_REFUSED', 'file:///srv/git/x', 'needs the protocol file'],
    ['SUBMODULE_REFUSED', '/srv/git/x', 'needs the protocol file'],
    ['REPO_REFUSED', 'ext::sh -c touch% CANARY', 'white space'],
    ['REPO_REFUSED', 'ext::sh', 'names a transport helper'],
    ['SETTING_INVALID', 'http://169.254.169.254/latest', 'is not one of --allow-host'],
    ['SETTING_INVALID', 'git@169.254.169.254:latest', 'is not one of --allow-host'],
  ])('%s: %s', async (code, url, message) => {
    using remote = new Remote();
    remote.commit({ '.gitmodules': gitmodules(['m', 'm', `"${url}"`]), m: { commit: remote.commit({ a: '1' }) } });
    await using syncer = await startSyncer(remote, { flags: ['--allow-host=localhost'] });
    await expect(syncer.sync()).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
    expect(remote.published()).toBeUndefined();
  });

  test('a repository that is its own submodule has an end', async () => {
    using remote = new Remote();
    const first = remote.commit({ a: '1' });
    const self = remote.commit({ '.gitmodules': gitmodules(['m', 'm', remote.url]), m: { commit: first } });
    let hash = self;
    for (let level = 0; level < 12; level += 1) {
      hash = remote.commit({ '.gitmodules': gitmodules(['m', 'm', remote.url]), m: { commit: hash } });
    }
    await using syncer = await startSyncer(remote, { flags: [FILES_ALLOWED] });
    await expect(syncer.sync()).rejects.toMatchObject({
      code: 'SUBMODULE_REFUSED',
      message: expect.stringContaining('nested more than 10 deep'),
    });
  });
});
