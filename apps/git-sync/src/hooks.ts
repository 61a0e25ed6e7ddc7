/** The hooks of the flags: --exechook-command and --webhook-url. */
import type { Logger } from '@pod-patterns/runtime/logger.ts';
import type { Config } from './config.ts';
import { createHookRunner, type HookRunner } from './hook-runner.ts';
import { worktreePath, type Layout } from './layout.ts';
import type { Metrics } from './metrics.ts';
import { secretVariables } from './parse-flags.ts';
import { runCommand } from './run-command.ts';
import { callWebhook } from './webhook.ts';

export interface HooksOptions {
  readonly config: Pick<Config, 'exechook' | 'webhook' | 'isOneTime'>;
  readonly layout: Layout;
  /** Ours; what of it may hold a secret is not passed on. */
  readonly environment: Environment;
  readonly log: Logger;
  readonly metrics: Pick<Metrics, 'countHook'>;
  readonly shutdown: AbortSignal;
}

type Environment = Readonly<Record<string, string | undefined>>;

export function createHooks(options: HooksOptions): readonly HookRunner[] {
  const { config, layout, environment } = options;
  const { exechook, webhook, isOneTime } = config;
  const runners: HookRunner[] = [];
  if (exechook !== undefined) {
    const run = async (hash: string, signal: AbortSignal) => {
      const cwd = worktreePath(layout, hash);
      await runCommand({ ...exechook, cwd, environment: hookEnvironment(environment, hash), signal });
    };
    runners.push(createHookRunner({ ...options, ...exechook, name: 'exechook', run, isOneTime }));
  }
  if (webhook !== undefined) {
    const run = async (hash: string, signal: AbortSignal) => await callWebhook(webhook, hash, signal);
    runners.push(createHookRunner({ ...options, ...webhook, name: 'webhook', run, isOneTime }));
  }
  return runners;
}

/** What a hook gets: our environment without what may hold a secret, and the commit. */
export function hookEnvironment(environment: Environment, hash: string): Environment {
  const secret = new Set(secretVariables(environment));
  const passed = Object.entries(environment).filter(([variable]) => !secret.has(variable));
  return { ...Object.fromEntries(passed), GITSYNC_HASH: hash };
}
