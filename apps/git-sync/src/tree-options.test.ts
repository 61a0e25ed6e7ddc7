/** What of a commit is fetched and checked out: --sparse-checkout-file, --filter, --git-gc. */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Remote, runGit } from './test-support/remote.ts';
import { startSyncer } from './test-support/syncer.ts';

describe('--sparse-checkout-file', () => {
  const files = { 'docs/a': 'a', 'docs/b': 'b', 'src/c': 'c', top: 't' };
  const listed = (remote: Remote) =>
    ['docs/a', 'docs/b', 'src/c', 'top'].filter((path) => existsSync(join(remote.link, path)));

  test('publishes only what its patterns name, in submodules all', async () => {
    using remote = new Remote();
    remote.commit(files);
    const patterns = join(remote.folder, 'patterns');
    writeFileSync(patterns, '/docs/\n!/docs/b\n');
    await using syncer = await startSyncer(remote, { flags: [`--sparse-checkout-file=${patterns}`] });
    await syncer.sync();
    expect(listed(remote)).toEqual(['docs/a']);
    syncer.commands.length = 0;
    await syncer.sync();
    expect(syncer.commands).toEqual(['status', 'ls-remote']);
    remote.commit({ ...files, 'docs/new': 'n' });
    await syncer.sync();
    expect(readdirSync(join(remote.link, 'docs'))).toEqual(['a', 'new']);
  });

  test('other patterns are followed, and none means all', async () => {
    using remote = new Remote();
    remote.commit(files);
    const patterns = join(remote.folder, 'patterns');
    writeFileSync(patterns, '/docs/\n');
    {
      await using syncer = await startSyncer(remote, { flags: [`--sparse-checkout-file=${patterns}`] });
      await syncer.sync();
      writeFileSync(patterns, '/src/\n');
      await syncer.sync();
      expect(listed(remote)).toEqual(['src/c']);
    }
    await using syncer = await startSyncer(remote);
    await syncer.sync();
    expect(listed(remote)).toEqual(['docs/a', 'docs/b', 'src/c', 'top']);
  });

  test('a file that is not there is an error that names it, and the link stays', async () => {
    using remote = new Remote();
    remote.commit(files);
    await using syncer = await startSyncer(remote, { flags: ['--sparse-checkout-file=/does/not/exist'] });
    await expect(syncer.sync()).rejects.toMatchObject({
      code: 'SPARSE_FILE_UNREADABLE',
      message: expect.stringContaining('/does/not/exist'),
    });
    expect(remote.published()).toBeUndefined();
  });
});

test('--filter=blob:none fetches only the files that are published', async () => {
  using remote = new Remote();
  remote.git(['config', 'uploadpack.allowFilter', 'true']);
  remote.commit({ 'docs/a': 'wanted', 'src/b': 'not wanted' });
  const blob = remote.git(['rev-parse', 'main:src/b']);
  const patterns = join(remote.folder, 'patterns');
  writeFileSync(patterns, '/docs/\n');
  const flags = ['--filter=blob:none', `--sparse-checkout-file=${patterns}`];
  await using syncer = await startSyncer(remote, { flags });
  await syncer.sync();
  expect(remote.read('docs/a')).toBe('wanted');
  const missing = runGit(['-C', syncer.layout.root, 'rev-list', '--objects', '--all', '--missing=print']);
  expect(missing).toContain(`?${blob}`);
  const second = remote.commit({ 'docs/a': 'newer', 'src/b': 'not wanted' });
  expect(await syncer.sync()).toMatchObject({ hash: second });
  await using again = await startSyncer(remote, { flags });
  expect(await again.sync()).toMatchObject({ hash: second });
});

test.each([
  ['off', false],
  ['auto', true],
  ['always', true],
  ['aggressive', true],
] as const)('--git-gc=%s', async (mode, isRun) => {
  using remote = new Remote();
  remote.commit({ a: '1' });
  await using syncer = await startSyncer(remote, { flags: [`--git-gc=${mode}`] });
  await syncer.sync();
  remote.commit({ a: '2' });
  syncer.commands.length = 0;
  await syncer.sync();
  expect(syncer.commands.includes('gc')).toBe(isRun);
  expect(remote.read('a')).toBe('2');
});
