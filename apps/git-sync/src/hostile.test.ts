/** Repositories that try to run something, or to lead git elsewhere. A canary shows whether they could. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startGitSync } from './test-support/git-sync-process.ts';
import { Remote, runGit } from './test-support/remote.ts';
import { startSyncer } from './test-support/syncer.ts';

const FILES_ALLOWED = '--git-config=protocol.file.allow:always,safe.directory:*';

function canaryOf(remote: Remote): string {
  return join(remote.folder, 'canary');
}

test('.gitattributes that name filters, diff, text conversion and merge programs', async () => {
  using remote = new Remote();
  remote.commit({
    '.gitattributes': '* filter=evil diff=evil merge=evil\n',
    '.gitconfig': `[filter "evil"]\n\tsmudge = touch ${canaryOf(remote)}\n\trequired = true\n[diff "evil"]\n\ttextconv = touch ${canaryOf(remote)}\n`,
    a: 'as it is',
  });
  await using syncer = await startSyncer(remote);
  await syncer.sync();
  await syncer.sync();
  expect(remote.read('a')).toBe('as it is');
  expect(existsSync(canaryOf(remote))).toBe(false);
});

test('a repository within the tree, whose configuration would run a program', async () => {
  using remote = new Remote();
  const command = `touch ${canaryOf(remote)}`;
  const config = `[core]\n\tbare = true\n\tfsmonitor = "${command}"\n\tsshCommand = "${command}"\n\thooksPath = hooks\n`;
  const inner = {
    HEAD: 'ref: refs/heads/main\n',
    config,
    'objects/x': '',
    'refs/x': '',
    'hooks/post-checkout': { program: `#!/bin/sh\n${command}\n` },
  };
  const files = Object.fromEntries(Object.entries(inner).map(([path, entry]) => [`inner/${path}`, entry]));
  remote.commit({ ...files, a: '1', ...inner });
  await using syncer = await startSyncer(remote);
  await syncer.sync();
  remote.commit({ ...files, a: '2', ...inner });
  await syncer.sync();
  await syncer.sync();
  expect(remote.read('a')).toBe('2');
  expect(existsSync(canaryOf(remote))).toBe(false);
});

describe('.gitmodules', () => {
  const attacks: readonly (readonly [string, (canary: string, url: string) => string])[] = [
    ['an update command', (canary, url) => `path = m\n\turl = ${url}\n\tupdate = !touch ${canary}`],
    ['an address that is an option', (canary) => `path = m\n\turl = --upload-pack=touch\\\\ ${canary}`],
    ['a transport that runs a program', (canary) => `path = m\n\turl = "ext::sh -c touch% ${canary}"`],
    ['an ssh host that is an option', (canary) => `path = m\n\turl = ssh://-oProxyCommand=touch%20${canary}/x`],
    ['a path that is an option', (_, url) => `path = -x\n\turl = ${url}`],
  ];

  test.each(attacks)('with %s runs nothing', async (_, body) => {
    using remote = new Remote();
    using module = new Remote();
    const commit = module.commit({ a: '1' });
    const gitmodules = `[submodule "m"]\n\t${body(canaryOf(remote), module.url)}\n`;
    remote.commit({ '.gitmodules': gitmodules, m: { commit }, '-x': { commit } });
    await using syncer = await startSyncer(remote, { flags: [FILES_ALLOWED] });
    await syncer.sync().catch(() => undefined);
    expect(existsSync(canaryOf(remote))).toBe(false);
  });

  test.each(['../../../../outside', '../..', '..'])('with the name %s writes nothing outside', async (name) => {
    using remote = new Remote();
    using module = new Remote();
    const commit = module.commit({ a: '1' });
    remote.commit({ '.gitmodules': `[submodule "${name}"]\n\tpath = m\n\turl = ${module.url}\n`, m: { commit } });
    await using syncer = await startSyncer(remote, { flags: [FILES_ALLOWED] });
    const before = readdirSync(remote.folder);
    await syncer.sync().catch(() => undefined);
    expect(readdirSync(remote.folder).filter((one) => one !== 'root')).toEqual(before.filter((one) => one !== 'root'));
    expect(readdirSync(remote.root).filter((one) => !['.git', '.worktrees', 'current'].includes(one))).toEqual([]);
  });

  test('with a path that ends in a carriage return runs nothing', async () => {
    using remote = new Remote();
    using module = new Remote();
    // Where git loses that character, it clones through the symlink and takes the hook for its own (CVE-2025-48384).
    const commit = module.commit({ 'post-checkout': { program: `#!/bin/sh\ntouch ${canaryOf(remote)}\n` } });
    remote.commit({
      '.gitmodules': `[submodule "m"]\n\tpath = "m\r"\n\turl = ${module.url}\n`,
      [quote('m\r')]: { commit },
      m: { symlink: '.git/modules/m/hooks' },
    });
    await using syncer = await startSyncer(remote, { flags: [FILES_ALLOWED] });
    await syncer.sync().catch(() => undefined);
    expect(existsSync(canaryOf(remote))).toBe(false);
  });

  test('with a hook in the submodule runs nothing', async () => {
    using remote = new Remote();
    using module = new Remote();
    const hook = { program: `#!/bin/sh\ntouch ${canaryOf(remote)}\n` };
    const commit = module.commit({ 'y/hooks/post-checkout': hook });
    // Hooks are not cloned; this one is where a submodule of this name would have them (CVE-2024-32002).
    remote.commit({
      '.gitmodules': `[submodule "x/y"]\n\tpath = A/modules/x\n\turl = ${module.url}\n`,
      'A/modules/x': { commit },
      a: { symlink: '.git' },
      'y/hooks/post-checkout': hook,
    });
    await using syncer = await startSyncer(remote, { flags: [FILES_ALLOWED] });
    await syncer.sync().catch(() => undefined);
    expect(existsSync(canaryOf(remote))).toBe(false);
  });
});

describe('objects that git must not take over', () => {
  function pushTree(remote: Remote, entry: string): void {
    const blob = remote.git(['hash-object', '-w', '--stdin'], 'x');
    const tree = remote.git(['mktree', '--missing'], `100644 blob ${blob}\t${entry}\n`);
    const commit = remote.git(['commit-tree', '-m', 'x', tree]);
    remote.git(['update-ref', 'refs/heads/main', commit]);
  }

  test.each(['.git', '.GIT', '..', '.'])('a file named %s', async (name) => {
    using remote = new Remote();
    const first = remote.commit({ a: '1' });
    await using syncer = await startSyncer(remote);
    await syncer.sync();
    pushTree(remote, name);
    await expect(syncer.sync()).rejects.toMatchObject({ code: expect.stringMatching(/^GIT_/) });
    expect(remote.published()).toBe(first);
  });

  test('.gitmodules that is a symlink', async () => {
    using remote = new Remote();
    remote.commit({ a: '1', '.gitmodules': { symlink: '/etc/passwd' } });
    await using syncer = await startSyncer(remote);
    await expect(syncer.sync()).rejects.toMatchObject({ code: 'GIT_FAILED' });
    expect(remote.published()).toBeUndefined();
  });
});

/** As git fast-import(1) reads it; each character is a byte. */
function quote(name: string): string {
  return `"${name.replaceAll(/[^]/g, (byte) => `\\${byte.charCodeAt(0).toString(8).padStart(3, '0')}`)}"`;
}

test('names with control characters, quotes, a hyphen in front or other bytes are published as they are', async () => {
  using remote = new Remote();
  const names = ['-rf', ' space ', 'quote"\'`$(id)', 'line\nfeed\r', 'esc\u001b[31m', 'no UTF-8: \u00ff\u00fe'];
  await using syncer = await startSyncer(remote);
  // Each tree is published, compared, and removed when the next one is there.
  for (const expected of [names, [...names, 'more']]) {
    const hash = remote.commit(Object.fromEntries(expected.map((name) => [quote(name), name])));
    expect(await syncer.sync()).toMatchObject({ hash });
    expect(await syncer.sync()).toEqual({ hash, previousHash: hash });
    const published = readdirSync(remote.link, 'latin1').filter((name) => name !== '.git');
    expect(published.toSorted()).toEqual(expected.toSorted());
    expect(readdirSync(syncer.layout.worktrees)).toEqual([hash]);
  }
});

test('a file:// repository cannot make upload-pack run its hooks or programs', async () => {
  using remote = new Remote();
  remote.commit({ a: '1' });
  const command = `touch ${canaryOf(remote)}; git-pack-objects`;
  mkdirSync(join(remote.path, 'hooks'), { recursive: true });
  writeFileSync(join(remote.path, 'hooks/post-checkout'), `#!/bin/sh\ntouch ${canaryOf(remote)}\n`, { mode: 0o755 });
  runGit(['--git-dir', remote.path, 'config', 'uploadpack.packObjectsHook', command]);
  runGit(['--git-dir', remote.path, 'config', 'core.fsmonitor', `touch ${canaryOf(remote)}`]);
  await using syncer = await startSyncer(remote);
  await syncer.sync();
  expect(remote.read('a')).toBe('1');
  expect(existsSync(canaryOf(remote))).toBe(false);
});

test('a branch and a file whose names would do something to a terminal do nothing in the log and the error file', async () => {
  using remote = new Remote();
  const branch = 'turned\u202Etxt.exe';
  const name = 'esc\u001B]8;;evil\u0007\u009B31m\u2066\r\n{"level":"fatal"}';
  remote.commit({ [quote(Buffer.from(name).toString('latin1'))]: { symlink: '..' } }, { branch });
  const flags = [`--repo=${remote.url}`, `--root=${remote.root}`, `--ref=${branch}`, '--error-file=error.json'];
  await using gitSync = startGitSync(flags);
  let written = '';
  gitSync.child.stdout?.on('data', (chunk) => (written += String(chunk)));
  expect(await gitSync.waitForExit()).toBe(1);
  expect(gitSync.lines).toContainEqual(expect.objectContaining({ code: 'OUTSIDE_SYMLINK' }));
  expect(gitSync.lines).toContainEqual(expect.objectContaining({ msg: 'started', ref: branch }));
  written += readFileSync(join(remote.root, 'error.json'), 'utf8');
  expect(written).not.toMatch(/[^\P{Cc}\n]|\p{Bidi_Control}/u);
});
