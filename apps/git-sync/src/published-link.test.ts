import { mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLayout } from './layout.ts';
import { publishHash, readPublishedHash } from './published-link.ts';

const HASH = 'a'.repeat(40);
let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'git-sync-link-'));
});

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

test('creates the folders of the link and leaves nothing else', async () => {
  const layout = createLayout(root, join(root, 'some', 'where', 'site'));
  await publishHash(layout, HASH);
  expect(readlinkSync(layout.link)).toBe(`../../.worktrees/${HASH}`);
  expect(await readPublishedHash(layout)).toBe(HASH);
  expect(readdirSync(join(root, 'some', 'where'))).toEqual(['site']);
});

test('is not stopped by temporary links that others have left', async () => {
  const layout = createLayout(root, join(root, 'current'));
  for (const name of ['tmp-link', '.git-sync-tmp-current-1']) symlinkSync('x', join(root, name));
  await publishHash(layout, HASH);
  await publishHash(layout, 'b'.repeat(40));
  expect(await readPublishedHash(layout)).toBe('b'.repeat(40));
});

test('what is no link to a tree of ours publishes nothing', async () => {
  const layout = createLayout(root, join(root, 'current'));
  expect(await readPublishedHash(layout)).toBeUndefined();
  for (const target of ['elsewhere', '.worktrees/short', `elsewhere/${HASH}`]) {
    rmSync(layout.link, { force: true });
    symlinkSync(target, layout.link);
    expect(await readPublishedHash(layout)).toBeUndefined();
  }
});

test.each(['folder', 'file'])('a %s in its place is an error and stays', async (kind) => {
  const layout = createLayout(root, join(root, 'current'));
  if (kind === 'folder') mkdirSync(layout.link);
  else writeFileSync(layout.link, 'precious');
  await expect(publishHash(layout, HASH)).rejects.toMatchObject({ code: 'LINK_OCCUPIED' });
  expect(readdirSync(root)).toEqual(['current']);
});
