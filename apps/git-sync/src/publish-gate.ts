/** Whether a complete tree may be published. If not, the link stays where it is, and the reason is told as any failure. */
import { AppError } from '@pod-patterns/runtime/errors.ts';
import type { Logger } from '@pod-patterns/runtime/logger.ts';
import type { Config } from './config.ts';
import type { RunGit } from './git.ts';
import { hookEnvironment } from './hooks.ts';
import { worktreePath, type Layout } from './layout.ts';
import type { Metrics } from './metrics.ts';
import { findOutsideSymlink } from './outside-symlinks.ts';
import { PublishRefused } from './publish-refused.ts';
import { runCommand, type CommandOptions } from './run-command.ts';
import type { Candidate } from './syncer.ts';
import { verifySignature } from './verify-signature.ts';

export interface PublishGateOptions {
  readonly config: Pick<Config, 'prePublish' | 'allowedSignersFile' | 'areOutsideSymlinksAllowed'>;
  readonly layout: Layout;
  readonly git: RunGit;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly log: Logger;
  readonly metrics: Pick<Metrics, 'countHook'>;
}

/** Makes the judge. It throws PublishRefused: `OUTSIDE_SYMLINK`, `SIGNATURE_REFUSED` or `PRE_PUBLISH_REFUSED`. */
export function createPublishGate(options: PublishGateOptions) {
  const { config, layout, git, environment, log, metrics } = options;
  const { prePublish, allowedSignersFile, areOutsideSymlinksAllowed } = config;

  async function runHook(command: CommandOptions, hash: string): Promise<void> {
    try {
      const output = await runCommand(command);
      metrics.countHook('pre-publish-exechook', 'success');
      log.debug({ hash, output }, 'the tree may be published');
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      metrics.countHook('pre-publish-exechook', 'error');
      throw new PublishRefused('PRE_PUBLISH_REFUSED', `commit ${hash} was refused: ${error.message}`, error.remedy);
    }
  }

  return async (candidate: Candidate, signal: AbortSignal): Promise<void> => {
    const { hash } = candidate;
    const cwd = worktreePath(layout, hash);
    if (!areOutsideSymlinksAllowed) await refuseOutsideSymlinks(cwd, hash);
    if (allowedSignersFile !== undefined) await verifySignature(layout, candidate, git, signal);
    if (prePublish === undefined) return;
    await runHook({ ...prePublish, cwd, environment: hookEnvironment(environment, hash), signal }, hash);
  };
}

async function refuseOutsideSymlinks(tree: string, hash: string): Promise<void> {
  const found = await findOutsideSymlink(tree);
  if (found === undefined) return;
  throw new PublishRefused(
    'OUTSIDE_SYMLINK',
    `commit ${hash} has a symlink that leads out of the tree: ${JSON.stringify(found)}`,
    'Remove it, or set --allow-outside-symlinks if it is to be trusted.',
  );
}
