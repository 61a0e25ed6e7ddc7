/**
 * The one configuration that every git process of ours reads: $HOME/.gitconfig in a folder of our own.
 * A file rather than `-c` options and variables, because it keeps a credential out of argv, which all containers of a
 * Pod with a shared process namespace can read, and because simple-git's guard against unsafe options stays shut.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, describeError } from '@pod-patterns/runtime/errors.ts';
import type { RepoUrl } from './repo-url.ts';

export interface GitHome extends AsyncDisposable {
  readonly path: string;
}

/** Creates the folder below `parent`; it is removed when disposed of. Throws an AppError `TMP_UNUSABLE`. */
export async function createGitHome(parent: string, repo: RepoUrl): Promise<GitHome> {
  const path = await mkdtemp(join(parent, 'git-sync-home-')).catch((cause: unknown) => {
    const reason = `cannot create a folder in ${parent}: ${describeError(cause)}`;
    throw new AppError('TMP_UNUSABLE', reason, 'Mount a writable volume there, or set TMPDIR.', { cause });
  });
  const templates = join(path, 'templates');
  await mkdir(templates);
  await writeFile(join(path, '.gitconfig'), renderConfig(repo, templates), { mode: 0o600 });
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

function renderConfig({ credential }: RepoUrl, templates: string): string {
  const header =
    credential === undefined
      ? ''
      : `[http "${credential.origin}/"]\n\textraHeader = "Authorization: Basic ${credential.basic}"\n`;
  return `${CONFIG}[init]\n\ttemplateDir = "${templates}"\n${header}`;
}

const CONFIG = `# A repository must not be able to run anything here, nor to lead us or a credential elsewhere.
[core]
	hooksPath = /dev/null
	fsmonitor = false
	sshCommand = ssh -o BatchMode=yes -o StrictHostKeyChecking=yes -o ConnectTimeout=20
	logAllRefUpdates = false
	# Each is memory that git would otherwise take by the hundred megabytes.
	packedGitLimit = 64m
	packedGitWindowSize = 4m
	deltaBaseCacheLimit = 16m
[safe]
	bareRepository = explicit
[transfer]
	fsckObjects = true
[submodule]
	recurse = false
[http]
	followRedirects = false
	lowSpeedLimit = 100
	lowSpeedTime = 30
[pack]
	threads = 1
[init]
	defaultBranch = git-sync
# Nothing may go on in the background: it would race the next fetch, and outlive its parent with no one to reap it.
[maintenance]
	auto = false
[gc]
	autoDetach = false
	auto = 500
	autoPackLimit = 20
	pruneExpire = now
[advice]
	detachedHead = false
`;
