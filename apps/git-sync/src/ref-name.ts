/** The --ref value: is it a name that git may be given, and which commit does the remote mean by it? */
import { AppError } from '@pod-patterns/runtime/errors.ts';

/** A full commit hash, SHA-1 or SHA-256. Such a ref can never change, so it is fetched once and not polled. */
export function isFullHash(ref: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(ref);
}

/**
 * Throws an AppError `REF_REFUSED` unless the name is a valid one by git's rules (git-check-ref-format(1)), of which
 * "does not begin with -" and "has no : or *" keep it from being an option or a refspec.
 */
export function checkRefName(ref: string): void {
  const isRefused =
    ref === '' || ref === '@' || /[\p{Cc} ~^:?*[\\]|\.\.|@\{|\/\/|^[-/.]|[/.]$|\/\.|\.lock(?:\/|$)/u.test(ref);
  if (!isRefused) return;
  throw new AppError(
    'REF_REFUSED',
    `--ref ${JSON.stringify(ref)} is not a name git allows`,
    'Name a branch, a tag, HEAD or a full commit hash.',
  );
}

export interface RemoteRef {
  /** Full name at the remote, such as refs/heads/main. */
  readonly name: string;
  /** The commit (for an annotated tag: the one it points to). */
  readonly hash: string;
}

/** What to ask `git ls-remote` for, so that the answer holds every meaning of the ref. */
export function lsRemotePatterns(ref: string): readonly string[] {
  return [ref, `${ref}^{}`];
}

/**
 * Picks the ref out of what `git ls-remote` printed, by git's own order (gitrevisions(7)): the name itself, then below
 * refs/, then tags, then branches. Undefined if the remote has no such ref.
 */
export function pickRemoteRef(ref: string, lsRemoteOutput: string): RemoteRef | undefined {
  const hashes = new Map<string, string>();
  for (const line of lsRemoteOutput.split('\n')) {
    const [hash, name] = line.split('\t');
    if (hash !== undefined && name !== undefined && isFullHash(hash)) hashes.set(name, hash);
  }
  for (const name of [ref, `refs/${ref}`, `refs/tags/${ref}`, `refs/heads/${ref}`]) {
    const hash = hashes.get(`${name}^{}`) ?? hashes.get(name);
    if (hash !== undefined) return { name, hash };
  }
  return undefined;
}
