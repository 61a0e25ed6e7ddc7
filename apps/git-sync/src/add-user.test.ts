import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { addUser } from './add-user.ts';

test('a UID without a name gets one, once', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'git-sync-user-'));
  const file = join(folder, 'passwd');
  writeFileSync(file, 'root:x:0:0:root:/root:/bin/sh\n');
  await addUser(file, { uid: 0, gid: 0, home: '/tmp' });
  for (let count = 0; count < 2; count += 1) await addUser(file, { uid: 4711, gid: 0, home: '/tmp' });
  expect(readFileSync(file, 'utf8').split('\n').slice(1)).toEqual([
    'git-sync-4711:x:4711:0::/tmp:/usr/sbin/nologin',
    '',
  ]);
  rmSync(folder, { recursive: true });
});

test('a file that cannot be written to is an error that names it', async () => {
  await expect(addUser('/does/not/exist', { uid: 4711, gid: 0, home: '/tmp' })).rejects.toMatchObject({
    code: 'USER_NOT_ADDED',
    message: expect.stringContaining('/does/not/exist'),
  });
});
