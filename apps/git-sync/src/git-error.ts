/** What became of a git that failed: a code for metrics and alerts, what git said, and what to do about it. */
import { AppError } from '@pod-patterns/runtime/errors.ts';

/** A failure of a git command, whatever its code. */
export class GitError extends AppError {}

const MAX_MESSAGE_CHARACTERS = 600;

/** `error` is what simple-git has thrown; an aborted `signal` explains it better than the words of a killed git. */
export function explainGitFailure(args: readonly string[], error: unknown, signal: AbortSignal): AppError {
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
  const [, code, remedy] = KINDS.find(([pattern]) => pattern.test(output)) ?? OTHER;
  return new GitError(code, `${command} failed: ${message}`, remedy, { cause: error });
}

type Kind = readonly [RegExp, string, string];

const OTHER: Kind = [/./, 'GIT_FAILED', 'See the message of git.'];
const KINDS: readonly Kind[] = [
  [/could not resolve host/i, 'HOST_NOT_FOUND', 'Check the host in --repo and the DNS of the Pod.'],
  [
    /could not connect|connection (?:refused|timed out)|failed to connect/i,
    'REMOTE_UNREACHABLE',
    'Check that the server is up and reachable.',
  ],
  [
    /certificate|SSL peer|TLS/i,
    'TLS_REFUSED',
    'Give git the CA of the server: --git-config=http.sslCAInfo:/path/to/ca.pem.',
  ],
  [
    /host key verification failed/i,
    'HOST_KEY_REFUSED',
    'Mount a file with the key of the host, and name it with --ssh-known-hosts-file.',
  ],
  [
    /authentication failed|could not read (?:username|password)|error: 40[13]|permission denied/i,
    'AUTH_FAILED',
    'Check user and password, or the SSH key.',
  ],
  [
    /error: 30\d|redirect/i,
    'REDIRECT_REFUSED',
    'Redirects are not followed: write the address that the server redirects to in --repo.',
  ],
  [/no space left|disk quota|unable to write (?:file|new)/i, 'DISK_FULL', 'Enlarge the volume of --root.'],
  [
    /early eof|hung up|unexpected disconnect|reset by peer|transfer closed|operation too slow|rpc failed/i,
    'TRANSFER_BROKEN',
    'It is tried again; if it lasts, look at the network between here and the server.',
  ],
  [/not our ref/i, 'COMMIT_NOT_FOUND', 'Check the hash in --ref; a server may also refuse commits no branch leads to.'],
  [
    /dubious ownership/i,
    'OWNER_REFUSED',
    'Let the user of git-sync own it, or add it by --git-config=safe.directory:PATH.',
  ],
  [
    /repository .*not found|does not (?:appear to be a git repository|exist)|error: 404/i,
    'REMOTE_NOT_FOUND',
    'Check the path in --repo.',
  ],
];
