/**
 * Runs git through simple-git, always with the same nearly empty environment, so that neither the Pod's variables nor a
 * hostile repository can change what it does.
 */
import type { Logger } from '@pod-patterns/runtime/logger.ts';
import { simpleGit } from 'simple-git';
import { explainGitFailure } from './git-error.ts';
import { withProcessGroups } from './process-group.ts';
import type { Protocol } from './protocols.ts';

/** Which repository a command is for. */
export interface GitTarget {
  readonly gitDir: string;
  /** The tree it belongs to; the command runs there. Without it, it runs in `gitDir`. */
  readonly workTree?: string;
  /** The command is about submodules, whose addresses the repository names and not the user. */
  readonly isSubmodule?: boolean;
}

/** Runs one git command and resolves to its standard output. Rejects with an AppError `GIT_…` or `SYNC_TIMEOUT`. */
export type RunGit = (args: readonly string[], target: GitTarget, signal: AbortSignal) => Promise<string>;

export interface GitOptions {
  /** Folder with the .gitconfig that is used; no other configuration file is. */
  readonly home: string;
  /** Of --repo. */
  readonly protocol: Protocol;
  readonly submoduleProtocols: readonly Protocol[];
  /** The git program: a name that is searched for in PATH, or a path. */
  readonly program: string;
  /** The environment to take PATH and the proxy settings from. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly log: Logger;
}

const PROXIES = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY'];
const PASSED_ON = ['PATH', ...PROXIES, ...PROXIES.map((name) => name.toLowerCase())];

/** A function that runs git. Each call is its own process; the caller sees to it that they do not overlap. */
export function createGit(options: GitOptions): RunGit {
  const { home, protocol, submoduleProtocols, program, environment, log } = options;
  // `setsid` makes git the leader of a process group, so that it can be ended with all it has started.
  const binary: [string] | [string, string] = process.platform === 'linux' ? ['setsid', program] : [program];
  const fixed = {
    ...Object.fromEntries(
      PASSED_ON.map((name) => [name, environment[name]]).filter(([, value]) => value !== undefined),
    ),
    HOME: home,
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_PROTOCOL_FROM_USER: '0',
    GIT_OPTIONAL_LOCKS: '0',
  };
  return async (args, { gitDir, workTree, isSubmodule = false }, signal) => {
    signal.throwIfAborted();
    const env = {
      ...fixed,
      GIT_ALLOW_PROTOCOL: isSubmodule ? submoduleProtocols.join(':') : protocol,
      GIT_DIR: gitDir,
      ...(workTree === undefined ? {} : { GIT_WORK_TREE: workTree }),
    };
    log.trace({ args, git_dir: gitDir }, 'git');
    const git = simpleGit({
      baseDir: workTree ?? gitDir,
      binary,
      abort: signal,
      allowEnvironment: Object.keys(env).filter((name) => name.startsWith('GIT_')),
      // Its default also ends 50 ms after `exit`, when output may still be on the way. It must not be `false`: that would
      // wait on one promise for ever, which keeps every command alive that has ever waited on it.
      completion: { onClose: true, onExit: 250 },
      // Its default takes a git that was killed, or failed in silence, for a success.
      errors: (error, { exitCode, stdErr }) =>
        exitCode === 0 ? undefined : error instanceof Error && stdErr.length === 0 ? error : Buffer.concat(stdErr),
    }).env(env);
    try {
      return await withProcessGroups(signal, () => git.raw([...args]));
    } catch (error) {
      throw explainGitFailure(args, error, signal);
    }
  };
}
