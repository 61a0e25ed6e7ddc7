/**
 * Runs git through simple-git, always with the same nearly empty environment, so that neither the Pod's variables nor a
 * hostile repository can change what it does.
 */
import { AppError } from '@pod-patterns/runtime/errors.ts';
import type { Logger } from '@pod-patterns/runtime/logger.ts';
import { simpleGit } from 'simple-git';
import type { Protocol } from './repo-url.ts';
import { withProcessGroups } from './process-group.ts';

/** Which repository a command is for. */
export interface GitTarget {
  readonly gitDir: string;
  /** The tree it belongs to; the command runs there. Without it, it runs in `gitDir`. */
  readonly workTree?: string;
}

/** Runs one git command and resolves to its standard output. Rejects with an AppError `GIT_…` or `SYNC_TIMEOUT`. */
export type RunGit = (args: readonly string[], target: GitTarget, signal: AbortSignal) => Promise<string>;

export interface GitOptions {
  /** Folder with the .gitconfig that is used; no other configuration file is. */
  readonly home: string;
  readonly protocol: Protocol;
  /** The environment to take PATH and the proxy settings from. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly log: Logger;
}

const PASSED_ON = ['PATH', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy'];
/** Makes git the leader of a process group, so that it can be ended with all it has started. */
const BINARY: [string] | [string, string] = process.platform === 'linux' ? ['setsid', 'git'] : ['git'];
const MAX_MESSAGE_CHARACTERS = 600;

/** A function that runs git. Each call is its own process; the caller sees to it that they do not overlap. */
export function createGit({ home, protocol, environment, log }: GitOptions): RunGit {
  const fixed = {
    ...Object.fromEntries(
      PASSED_ON.map((name) => [name, environment[name]]).filter(([, value]) => value !== undefined),
    ),
    HOME: home,
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ALLOW_PROTOCOL: protocol,
    GIT_PROTOCOL_FROM_USER: '0',
    GIT_OPTIONAL_LOCKS: '0',
  };
  return async (args, { gitDir, workTree }, signal) => {
    signal.throwIfAborted();
    const env = { ...fixed, GIT_DIR: gitDir, ...(workTree === undefined ? {} : { GIT_WORK_TREE: workTree }) };
    log.trace({ args, git_dir: gitDir }, 'git');
    const git = simpleGit({
      baseDir: workTree ?? gitDir,
      binary: BINARY,
      abort: signal,
      allowEnvironment: Object.keys(env).filter((name) => name.startsWith('GIT_')),
      // Its default also ends 50 ms after `exit`, when output may still be on the way.
      completion: { onClose: true, onExit: false },
      // Its default takes a git that was killed, or failed in silence, for a success.
      errors: (error, { exitCode, stdErr }) =>
        exitCode === 0 ? undefined : error instanceof Error && stdErr.length === 0 ? error : Buffer.concat(stdErr),
    }).env(env);
    try {
      return await withProcessGroups(signal, () => git.raw([...args]));
    } catch (error) {
      throw explain(args, error, signal);
    }
  };
}

function explain(args: readonly string[], error: unknown, signal: AbortSignal): AppError {
  const command = `git ${args[0]}`;
  if (signal.aborted) {
    const isTimeout = signal.reason instanceof DOMException && signal.reason.name === 'TimeoutError';
    return new AppError(
      isTimeout ? 'SYNC_TIMEOUT' : 'SYNC_ABORTED',
      `${command} ${isTimeout ? 'did not end within --sync-timeout' : 'was ended'}`,
      isTimeout ? 'Raise --sync-timeout, or look at the network and the server.' : 'Nothing to do.',
      { cause: error },
    );
  }
  const output = error instanceof Error ? error.message.trim() : String(error);
  if (/ENOENT|setsid: failed to execute/.test(output)) {
    return new AppError('GIT_MISSING', `${command} could not be started: ${output}`, 'Install git and put it in PATH.');
  }
  const message = output === '' ? 'it was killed or ended without a word' : output.slice(-MAX_MESSAGE_CHARACTERS);
  const remedy = REMEDIES.find(([pattern]) => pattern.test(output))?.[1] ?? 'See the message of git.';
  return new AppError('GIT_FAILED', `${command} failed: ${message}`, remedy, { cause: error });
}

const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [/could not resolve host/i, 'Check the host in --repo and the DNS of the Pod.'],
  [
    /could not connect|connection (?:refused|timed out)|failed to connect/i,
    'Check that the server is up and reachable.',
  ],
  [
    /authentication failed|could not read username|error: 40[13]|permission denied/i,
    'Check user and password, or the SSH key.',
  ],
  [/host key verification failed/i, 'Mount a known_hosts file with the key of the host at ~/.ssh/known_hosts.'],
  [/error: 30\d/i, 'Redirects are not followed: write the address that the server redirects to in --repo.'],
  [/not found|does not (?:appear to be a git repository|exist)/i, 'Check the path in --repo.'],
  [/no space left/i, 'Enlarge the volume of --root.'],
  [/not our ref/i, 'Check the hash in --ref; the server may also refuse commits that no branch leads to.'],
  [/dubious ownership/i, 'Let the user of git-sync own the repository, or serve it over http or ssh.'],
];
