import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createCandidateLister } from './candidates.ts';
import { compileLogPaths } from './log-paths.ts';

const listCandidates = (...paths: string[]) => createCandidateLister(compileLogPaths(paths)).list(() => false);

async function list(...names: string[]): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'log-adapter-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const name of names) await writeFile(join(folder, name), name);
  return (await listCandidates(join(folder, 'app.log'))).map(({ path }) => basename(path));
}

test('lists the log and the files that were put aside, the newest first', async () => {
  expect(await list('app.log.2', 'app.log.10', 'app.log', 'app.log.1')).toStrictEqual([
    'app.log',
    'app.log.1',
    'app.log.2',
    'app.log.10',
  ]);
  expect(await list('app.log-20261121', 'app.log-20261123', 'app.log.1', 'app.log-20261122')).toStrictEqual([
    'app.log.1',
    'app.log-20261123',
    'app.log-20261122',
    'app.log-20261121',
  ]);
});

test('leaves out what is no part of the log', async () => {
  const others = ['app.log.1.gz', 'app.log.bak', 'app.log2', 'app.log~', 'app.logger', 'other.log.1', '.app.log.swp'];
  expect(await list('app.log', ...others)).toStrictEqual(['app.log']);
});

test('takes a file of two names once, and nothing but regular files', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'log-adapter-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, 'app.log.1'));
  await writeFile(join(folder, 'secret'), '');
  await symlink('secret', join(folder, 'app.log.2'));
  await writeFile(join(folder, 'target'), '');
  await symlink('target', join(folder, 'app.log'));
  const candidates = await listCandidates(join(folder, 'app.log'));
  expect(candidates.map(({ path, isCurrent }) => [basename(path), isCurrent])).toStrictEqual([['app.log', true]]);
});

test('rejects if the folder is not there', async () => {
  await expect(listCandidates('/nowhere/app.log')).rejects.toThrow('ENOENT');
});
