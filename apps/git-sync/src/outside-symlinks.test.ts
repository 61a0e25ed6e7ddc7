import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findOutsideSymlink } from './outside-symlinks.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'git-sync-symlinks-'));
  mkdirSync(join(folder, 'tree/a/b/c'), { recursive: true });
  writeFileSync(join(folder, 'tree/file'), '');
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function link(path: string, target: string): void {
  mkdirSync(dirname(join(folder, 'tree', path)), { recursive: true });
  symlinkSync(target, join(folder, 'tree', path));
}

test.each([
  ['beside it', 'x', 'file'],
  ['below it', 'x', 'a/b'],
  ['above it, in the tree', 'a/b/c/x', '../../../file'],
  ['to nothing, in the tree', 'a/x', '../nothing/at/all'],
  ['to itself', 'x', 'x'],
  ['to the tree', 'a/x', '..'],
])('a symlink that leads %s stays inside', async (_, path, target) => {
  link(path, target);
  expect(await findOutsideSymlink(join(folder, 'tree'))).toBeUndefined();
});

test.each([
  ['an absolute path', 'x', '/etc/passwd'],
  ['an absolute path into the tree', 'x', `${tmpdir()}/tree/file`],
  ['the folder above', 'x', '..'],
  ['far above', 'a/b/x', '../../../../etc/passwd'],
  ['out and in again', 'x', '../tree/file'],
  ['nothing outside', 'a/x', '../../nothing'],
])('a symlink to %s leads out', async (_, path, target) => {
  link(path, target);
  expect(await findOutsideSymlink(join(folder, 'tree'))).toBe(path);
});

test('a symlink leads out if it does so through another, though its own text would not', async () => {
  link('a/b/up', '../..');
  link('a/x', 'b/up/../secret');
  expect(await findOutsideSymlink(join(folder, 'tree'))).toBe('a/x');
});

test('a name that is no UTF-8 is not overlooked', async () => {
  symlinkSync('/etc', Buffer.concat([Buffer.from(join(folder, 'tree/')), Buffer.from([0xff, 0xfe])]));
  expect(await findOutsideSymlink(join(folder, 'tree'))).toBe('\ufffd\ufffd');
});
