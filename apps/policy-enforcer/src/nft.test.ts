import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runNft } from './nft.ts';

/** A program that keeps what it is given, and says what it is told to. */
function program(script: string): { path: string; given: () => string } {
  const folder = mkdtempSync(join(tmpdir(), 'nft-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const [path, given] = [join(folder, 'nft'), join(folder, 'given')];
  writeFileSync(path, `#!/bin/sh\n[ "$*" = "--file -" ] || exit 9\ncat > ${given}\n${script}\n`);
  chmodSync(path, 0o755);
  return { path, given: () => readFileSync(given, 'utf8') };
}

test('the script goes to nft, on its input', async () => {
  const { path, given } = program('');
  await runNft('table inet x { }\n', path);
  expect(given()).toBe('table inet x { }\n');
});

test('what nft says is the cause of the error', async () => {
  const { path } = program('echo "Operation not permitted" >&2; exit 1');
  await expect(runNft('x', path)).rejects.toMatchObject({
    code: 'NFT_FAILED',
    cause: expect.objectContaining({ message: 'Operation not permitted' }) as Error,
  });
  await expect(runNft('x', '/none')).rejects.toMatchObject({ code: 'NFT_FAILED' });
});
