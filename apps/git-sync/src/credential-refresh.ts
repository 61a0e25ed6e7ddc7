/** Before each sync: the credentials as they are now, in git's configuration. */
import { askForCredential } from './askpass.ts';
import type { Config } from './config.ts';
import { readCredentials, type Credential } from './credentials.ts';
import type { GitHome } from './git-home.ts';
import type { Metrics } from './metrics.ts';

export interface CredentialRefreshOptions {
  readonly config: Pick<Config, 'repo' | 'credentials' | 'askpassUrl'>;
  readonly home: Pick<GitHome, 'setCredentials'>;
  readonly metrics: Pick<Metrics, 'countAskpass'>;
}

/** The function throws an AppError `CREDENTIAL_UNREADABLE` or `ASKPASS_FAILED`. */
export function createCredentialRefresh({ config, home, metrics }: CredentialRefreshOptions) {
  const { repo, credentials, askpassUrl } = config;

  async function ask(signal: AbortSignal): Promise<readonly Credential[]> {
    // Other addresses have no use for a password.
    if (askpassUrl === undefined || !repo.protocol.startsWith('http')) return [];
    try {
      const credential = await askForCredential(askpassUrl, repo.url, signal);
      metrics.countAskpass('success');
      return [credential];
    } catch (error) {
      metrics.countAskpass('error');
      throw error;
    }
  }

  return async (signal: AbortSignal): Promise<void> => {
    await home.setCredentials([...(await ask(signal)), ...(await readCredentials(credentials))]);
  };
}
