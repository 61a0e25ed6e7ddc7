/** What of the configuration git is run with, and what is written into its own. */
import type { Config } from './config.ts';
import type { GitHomeSettings } from './git-settings.ts';
import type { GitOptions } from './git.ts';

export function gitOptions({
  repo,
  submoduleProtocols,
  git,
}: Config): Pick<GitOptions, 'protocol' | 'submoduleProtocols' | 'program'> {
  return { protocol: repo.protocol, submoduleProtocols, program: git };
}

export function homeSettings(config: Config): GitHomeSettings & { readonly root: string } {
  return { ...config, isSparse: config.sparseCheckoutFile !== undefined };
}
