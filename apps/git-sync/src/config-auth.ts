/** The settings about who we are to the Git server. */
import { invalidSetting } from './config-error.ts';
import { parseCredentials, type CredentialSource } from './credentials.ts';
import type { FlagValues } from './flags.ts';
import type { RepoUrl } from './repo-url.ts';

export interface AuthConfig {
  readonly credentials: readonly CredentialSource[];
  readonly askpassUrl: string | undefined;
  readonly cookieFile: string | undefined;
  readonly sshKeyFiles: readonly string[];
  /** Undefined: any host key is taken. */
  readonly sshKnownHostsFile: string | undefined;
  readonly isUserAdded: boolean;
}

/** Where kubernetes/git-sync has it; its flag takes no path. */
const COOKIE_FILE = '/etc/git-secret/cookie_file';

/** Throws an AppError `SETTING_INVALID` that names the flag and quotes no secret. */
export function createAuthConfig(flags: FlagValues, repo: RepoUrl): AuthConfig {
  const askpassUrl = flags['askpass-url'];
  if (askpassUrl !== '' && !(URL.canParse(askpassUrl) && /^https?:/.test(askpassUrl))) {
    throw invalidSetting('--askpass-url is no http or https URL', 'Write it like http://localhost:8080/credential.');
  }
  return {
    credentials: [
      ...ownCredential(flags, repo),
      ...parseCredentials(flags.credential.split('\u001e').filter((value) => value.trim() !== '')),
    ],
    askpassUrl: askpassUrl === '' ? undefined : askpassUrl,
    cookieFile: flags['cookie-file'] ? COOKIE_FILE : undefined,
    sshKeyFiles: flags['ssh-key-file'].split(':').filter(Boolean),
    sshKnownHostsFile: flags['ssh-known-hosts'] ? flags['ssh-known-hosts-file'] : undefined,
    isUserAdded: flags['add-user'],
  };
}

/** That of --username, or that in the URL, for the whole server of --repo. */
function ownCredential(flags: FlagValues, repo: RepoUrl): readonly CredentialSource[] {
  const { username, password, 'password-file': passwordFile } = flags;
  if (username === '') {
    if (password !== '' || passwordFile !== '') {
      throw invalidSetting('a password without --username', 'Set --username, which may be any name for a token.');
    }
    return repo.credential === undefined ? [] : [{ url: new URL(repo.url).origin, ...repo.credential }];
  }
  if ((password === '') === (passwordFile === '')) {
    throw invalidSetting('--username needs $GITSYNC_PASSWORD or --password-file, and not both', 'Set one of them.');
  }
  if (repo.credential !== undefined) {
    throw invalidSetting('there is a user in --repo and one in --username', 'Leave it out of the URL.');
  }
  // As in kubernetes/git-sync, it may be there for nothing.
  if (repo.protocol !== 'http' && repo.protocol !== 'https') return [];
  return [{ url: new URL(repo.url).origin, username, ...(passwordFile === '' ? { password } : { passwordFile }) }];
}
