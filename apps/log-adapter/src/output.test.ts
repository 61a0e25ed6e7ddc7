import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createFileOutput } from './output.ts';
import { createWorkspace, until } from './test-support.ts';

function failWith(code: string): never {
  throw Object.assign(new Error(code), { code });
}

test.each(['ENOSPC', 'EDQUOT', 'EAGAIN'])('%s is waited out: what comes is whole', async (code) => {
  const retries: string[] = [];
  let taken = '';
  let calls = 0;
  const output = createFileOutput({
    retryMs: 1,
    onRetry: (reason) => retries.push(reason),
    // Takes a little, then nothing twice, then a little more.
    write(bytes, offset) {
      calls += 1;
      if (calls % 3 !== 1) failWith(code);
      const piece = bytes.subarray(offset, offset + 5);
      taken += piece.toString();
      return piece.length;
    },
  });
  output.write('one two three\n');
  output.end('four\n');
  await once(output, 'finish');
  expect(taken).toBe('one two three\nfour\n');
  expect(new Set(retries)).toStrictEqual(new Set([code]));
});

test('another error is one', async () => {
  const output = createFileOutput({ write: () => failWith('EIO'), onRetry: () => undefined });
  output.write('one\n');
  expect(await once(output, 'error')).toMatchObject([{ code: 'EIO' }]);
});

test('a full disk does not end the adapter, and nothing counts as written', { timeout: 60_000 }, async () => {
  const workspace = await createWorkspace();
  await appendFile(workspace.logFile, 'x'.repeat(99).concat('\n').repeat(50_000));
  const full = await open('/dev/full', 'w');
  onTestFinished(() => full.close());
  const main = new URL('main.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [main, '--config', workspace.configFile], {
    stdio: ['ignore', full.fd, 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let told = '';
  child.stderr?.on('data', (text: Buffer) => (told += text.toString()));
  await until(() => told.includes('ENOSPC'), 'it says what is wrong');
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toStrictEqual([0, null]);
  const positions = await readFile(join(workspace.stateDir, 'positions.json'), 'utf8').catch(() => '"offset":0,');
  expect(positions).toContain('"offset":0,');

  const path = join(workspace.folder, 'output');
  const file = await open(path, 'w');
  const again = spawn(process.execPath, [main, '--config', workspace.configFile], {
    stdio: ['ignore', file.fd, 'inherit'],
  });
  onTestFinished(() => void again.kill('SIGKILL'));
  const count = async (): Promise<number> => (await readFile(path, 'utf8')).split('"service":"app"').length - 1;
  await until(async () => (await count()) === 50_000, 'everything came');
  await file.close();
});
