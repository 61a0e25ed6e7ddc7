/** The nft program. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { AppError } from '@pod-patterns/runtime/errors.ts';

/** Gives nft a script, which the kernel takes as a whole or not at all. Throws an AppError `NFT_FAILED`. */
export async function runNft(script: string, program = 'nft'): Promise<void> {
  const child = spawn(program, ['--file', '-'], { stdio: ['pipe', 'ignore', 'pipe'] });
  const ended = once(child, 'close') as Promise<[number | null]>;
  child.stdin.on('error', () => undefined);
  child.stdin.end(script);
  try {
    const [stderr, [exitCode]] = await Promise.all([text(child.stderr), ended]);
    if (exitCode === 0) return;
    throw new Error(stderr.trim() || `it ended with ${exitCode}`);
  } catch (error) {
    throw new AppError(
      'NFT_FAILED',
      'nft did not take the rules',
      'The container needs the capability NET_ADMIN, and hostNetwork to reach the rules of the node.',
      { cause: error },
    );
  }
}
