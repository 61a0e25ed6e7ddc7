/** --verify-signatures: who made the commit, or the tag that --ref names? */
import { describeError } from '@pod-patterns/runtime/errors.ts';
import type { RunGit } from './git.ts';
import type { Layout } from './layout.ts';
import { PublishRefused } from './publish-refused.ts';
import { FETCHED } from './repository.ts';
import type { Candidate } from './syncer.ts';

/**
 * Resolves if one of the allowed signers has signed the tag or the commit. A tag must also have the name that was asked
 * for: a good one could have been put under another name. Throws `SIGNATURE_REFUSED`.
 */
export async function verifySignature(
  layout: Layout,
  { hash, refName }: Candidate,
  git: RunGit,
  signal: AbortSignal,
): Promise<void> {
  const described = await git(['for-each-ref', '--format=%(objecttype) %(tag)', FETCHED], layout, signal);
  const isOurTag =
    refName.startsWith('refs/tags/') && described.trimEnd() === `tag ${refName.slice('refs/tags/'.length)}`;
  if (isOurTag && (await verify(['verify-tag', FETCHED])) === undefined) return;
  const reason = await verify(['verify-commit', hash]);
  if (reason === undefined) return;
  throw new PublishRefused(
    'SIGNATURE_REFUSED',
    `commit ${hash} is not signed by anyone that --verify-signatures allows: ${reason}`,
    'Sign it with an ssh key (git config gpg.format ssh), or add the signer to the file.',
  );

  async function verify(args: readonly string[]): Promise<string | undefined> {
    try {
      await git(args, layout, signal);
      return undefined;
    } catch (error) {
      signal.throwIfAborted();
      return describeError(error instanceof Error ? error.message : error);
    }
  }
}
