/**
 * Submodules of a tree. Their addresses come from the repository, so each is judged as --repo is, level by level, before
 * git is told to follow it. All of them are there in the end, or the tree is not published.
 */
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { AppError } from '@pod-patterns/runtime/errors.ts';
import { checkHost, type Config } from './config.ts';
import type { GitTarget, RunGit } from './git.ts';
import { parseRepoUrl } from './repo-url.ts';

export type SubmoduleOptions = Pick<Config, 'submodules' | 'submoduleProtocols' | 'depth' | 'allowedHosts'>;

interface Tree extends GitTarget {
  readonly workTree: string;
  /** Where the repository of the tree came from: what relative addresses are relative to. */
  readonly url: string;
}

/** A repository that names itself as its submodule would have no end. */
const MAX_LEVELS = 10;
const COMPLETE = 'git-sync-submodules-complete';

/** Checks out all that `options` ask for. Throws an AppError `SUBMODULE_REFUSED`, `SETTING_INVALID` or of git's. */
export async function updateSubmodules(
  tree: Tree,
  options: SubmoduleOptions,
  git: RunGit,
  signal: AbortSignal,
): Promise<void> {
  if (options.submodules === 'off') return;
  const found = await updateLevel(tree, options, git, signal, 1);
  if (found) await writeFile(join(tree.gitDir, COMPLETE), '');
}

/** Whether a killed process may have left a submodule half-made. `gitDir` is that of the tree. */
export async function hasHalfSubmodules(gitDir: string): Promise<boolean> {
  return (await exists(join(gitDir, 'modules'))) && !(await exists(join(gitDir, COMPLETE)));
}

async function updateLevel(
  tree: Tree,
  options: SubmoduleOptions,
  git: RunGit,
  signal: AbortSignal,
  level: number,
): Promise<boolean> {
  const { gitDir, workTree, url } = tree;
  if (!(await exists(join(workTree, '.gitmodules')))) return false;
  const target = { gitDir, workTree, isSubmodule: true };
  const submodules = await listSubmodules(target, git, signal);
  if (submodules.length === 0) return false;
  if (level > MAX_LEVELS)
    throw refused(`submodules are nested more than ${MAX_LEVELS} deep`, 'Use --submodules=shallow.');
  for (const submodule of submodules) checkAddress(submodule.url, url, options);
  await setOrigin(target, url, git, signal);
  for (const { path } of submodules) await removeBroken(join(workTree, path));
  const depth = options.depth > 0 ? [`--depth=${options.depth}`] : [];
  try {
    await git(['submodule', '--quiet', 'update', '--force', '--checkout', ...depth], target, signal);
  } catch (error) {
    // What is left of a clone that did not end would be taken for a whole one the next time.
    await rm(join(gitDir, 'modules'), { recursive: true, force: true });
    throw error;
  }
  if (options.submodules === 'shallow') return true;
  for (const { path } of submodules) {
    const below = await openSubmodule(join(workTree, path), git, signal);
    if (below !== undefined) await updateLevel(below, options, git, signal, level + 1);
  }
  return true;
}

/** The submodules that the commit has and .gitmodules knows, by what is committed and not by what lies in the tree. */
async function listSubmodules(
  target: GitTarget,
  git: RunGit,
  signal: AbortSignal,
): Promise<readonly { path: string; url: string }[]> {
  const pattern = String.raw`^submodule\..*\.(path|url)$`;
  const output = await git(
    ['config', '--blob', 'HEAD:.gitmodules', '--null', '--get-regexp', pattern],
    target,
    signal,
  ).catch((error: unknown) => {
    signal.throwIfAborted();
    // git-config(1) also ends with 1, and says nothing, if it has found nothing.
    if (error instanceof AppError && error.message.endsWith('without a word')) return '';
    throw error;
  });
  const byName = new Map<string, { path?: string; url?: string }>();
  for (const entry of output.split('\0')) {
    const groups = /^submodule\.(?<name>.*)\.(?<what>path|url)\n(?<value>.*)$/s.exec(entry)?.groups;
    if (groups === undefined) continue;
    const { name = '', what = '', value = '' } = groups;
    byName.set(name, { ...byName.get(name), [what]: value });
  }
  const links = await git(['ls-files', '--stage', '-z'], target, signal);
  const paths = new Set([...links.matchAll(/(?:^|\0)160000 [0-9a-f]+ 0\t([^\0]+)/g)].map((match) => match[1]));
  return [...byName.values()].flatMap(({ path, url }) =>
    path !== undefined && url !== undefined && paths.has(path) ? [{ path, url }] : [],
  );
}

/** Relative addresses must stay on the server; all others are judged as --repo is. */
function checkAddress(url: string, base: string, { submoduleProtocols, allowedHosts }: SubmoduleOptions): void {
  if (/^\.{1,2}\//.test(url)) {
    const upwards =
      /^(?:\.{1,2}\/)*/
        .exec(url)?.[0]
        .split('/')
        .filter((part) => part === '..').length ?? 0;
    const path = base.replace(/^(?:[a-z]+:\/\/[^/]*|[^/:]*:)/, '');
    if (upwards > path.split('/').filter(Boolean).length) {
      throw refused(
        `the address ${JSON.stringify(url)} of a submodule leads out of ${base}`,
        'Correct it in .gitmodules.',
      );
    }
    return;
  }
  const repo = parseRepoUrl(url, 'the submodule');
  checkHost(repo, allowedHosts);
  if (submoduleProtocols.includes(repo.protocol)) return;
  throw refused(
    `the submodule ${JSON.stringify(repo.url)} needs the protocol ${repo.protocol}, which submodules may not use`,
    `If it is to be trusted, set --git-config=protocol.${repo.protocol}.allow:always.`,
  );
}

/** git resolves relative addresses against the remote `origin`. */
async function setOrigin(target: GitTarget, url: string, git: RunGit, signal: AbortSignal): Promise<void> {
  const now = await git(['config', '--default', '', '--get', 'remote.origin.url'], target, signal);
  if (now.trimEnd() !== url) await git(['config', 'remote.origin.url', url], target, signal);
}

/** A folder whose repository is gone would be in the way of a new clone. */
async function removeBroken(path: string): Promise<void> {
  const gitDir = await readGitDir(path);
  if (gitDir !== undefined && !(await exists(join(gitDir, 'HEAD')))) await rm(path, { recursive: true, force: true });
}

async function openSubmodule(path: string, git: RunGit, signal: AbortSignal): Promise<Tree | undefined> {
  const gitDir = await readGitDir(path);
  if (gitDir === undefined) return undefined;
  const url = await git(['config', '--get', 'remote.origin.url'], { gitDir, workTree: path }, signal);
  return { gitDir, workTree: path, url: url.trimEnd() };
}

async function readGitDir(path: string): Promise<string | undefined> {
  const text = await readFile(join(path, '.git'), 'utf8').catch(() => '');
  const written = /^gitdir: (.+)\n/.exec(text)?.[1];
  return written === undefined ? undefined : resolve(path, written);
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

function refused(message: string, remedy: string): AppError {
  return new AppError('SUBMODULE_REFUSED', message, remedy);
}
