import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { contentHash, treeHash } from './content-hash.ts';

test('the borders between the parts count', () => {
  expect(contentHash('ab', 'c')).not.toBe(contentHash('a', 'bc'));
  expect(contentHash('ab', 'c')).toBe(contentHash('ab', Buffer.from('c')));
});

test('a folder has another hash when a file in it changes or moves, and the same one at another place', async () => {
  const base = await mkdtemp(join(tmpdir(), 'content-hash-'));
  const write = async (name: string) => {
    await mkdir(join(base, name, 'sub'), { recursive: true });
    await writeFile(join(base, name, 'sub/file'), 'content');
    return join(base, name);
  };
  const [one, two] = [await write('one'), await write('two')];
  const hash = await treeHash(one);
  expect(await treeHash(`${two}/`)).toBe(hash);
  await rename(join(two, 'sub/file'), join(two, 'file'));
  expect(await treeHash(two)).not.toBe(hash);
  await writeFile(join(one, 'sub/file'), 'other');
  expect(await treeHash(one)).not.toBe(hash);
  await rm(base, { recursive: true });
});
