import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { removeErrorFile, touchFile, writeErrorFile } from './status-files.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'git-sync-files-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

test('touching creates the file with its folder, and then only sets its time', async () => {
  const path = join(folder, 'a', 'touched');
  await touchFile(path, new Date(1_000_000));
  expect(statSync(path).mtimeMs).toBe(1_000_000);
  await touchFile(path, new Date(2_000_000));
  expect(statSync(path)).toMatchObject({ mtimeMs: 2_000_000, size: 0 });
});

test('the error file holds what git-sync writes, replaces the one before, and can be removed twice', async () => {
  const path = join(folder, 'error.json');
  await writeErrorFile(path, { message: 'a', error: 'b', details: {} });
  await writeErrorFile(path, { message: 'sync failed', error: 'no route', details: { failures: 2 } });
  const expected = { Msg: 'sync failed', Err: 'no route', Args: { failures: 2 } };
  expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(expected);
  expect(readdirSync(folder)).toEqual(['error.json']);
  await removeErrorFile(path);
  await removeErrorFile(path);
  expect(readdirSync(folder)).toEqual([]);
});
