/** The settings about what is run before and after something is published. */
import { invalidSetting } from './config-error.ts';
import type { FlagValues } from './flags.ts';

export interface CommandConfig {
  readonly command: string;
  readonly timeoutMs: number;
  readonly backoffMs: number;
}

export interface WebhookConfig {
  readonly url: string;
  readonly method: string;
  /** 0 means any. */
  readonly successStatus: number;
  readonly timeoutMs: number;
  readonly backoffMs: number;
}

export interface HooksConfig {
  readonly prePublish: CommandConfig | undefined;
  readonly allowedSignersFile: string | undefined;
  readonly areOutsideSymlinksAllowed: boolean;
  readonly exechook: CommandConfig | undefined;
  readonly webhook: WebhookConfig | undefined;
}

const SHORTEST_MS = 1_000;

/** Throws an AppError `SETTING_INVALID`. */
export function createHooksConfig(flags: FlagValues): HooksConfig {
  return {
    prePublish: commandOf(flags, 'pre-publish-exechook'),
    allowedSignersFile: flags['verify-signatures'] === '' ? undefined : flags['verify-signatures'],
    areOutsideSymlinksAllowed: flags['allow-outside-symlinks'],
    exechook: commandOf(flags, 'exechook'),
    webhook: webhookOf(flags),
  };
}

function commandOf(flags: FlagValues, name: 'exechook' | 'pre-publish-exechook'): CommandConfig | undefined {
  const command = flags[`${name}-command`];
  return command === '' ? undefined : { command, ...timesOf(flags, name) };
}

function webhookOf(flags: FlagValues): WebhookConfig | undefined {
  const { 'webhook-url': url, 'webhook-method': method, 'webhook-success-status': status } = flags;
  if (url === '') return undefined;
  if (!URL.canParse(url) || !/^https?:/.test(url)) {
    throw invalidSetting('--webhook-url is no http or https URL', 'Write it like http://localhost:8080/reload.');
  }
  if (!/^[A-Za-z]+$/.test(method)) {
    throw invalidSetting(`--webhook-method ${JSON.stringify(method)} is no method`, 'Use POST, GET or PUT.');
  }
  // In version 3, -1 was what 0 is now.
  const successStatus = status === -1 ? 0 : status;
  if (successStatus !== 0 && (successStatus < 100 || successStatus > 599)) {
    throw invalidSetting(`--webhook-success-status ${status} is no status`, 'Use one such as 200, or 0 for any.');
  }
  return { url, method: method.toUpperCase(), successStatus, ...timesOf(flags, 'webhook') };
}

function timesOf(flags: FlagValues, name: 'exechook' | 'pre-publish-exechook' | 'webhook') {
  for (const what of ['timeout', 'backoff'] as const) {
    if (flags[`${name}-${what}`] < SHORTEST_MS)
      throw invalidSetting(`--${name}-${what} is below 1s`, 'Set 1s or more.');
  }
  return { timeoutMs: flags[`${name}-timeout`], backoffMs: flags[`${name}-backoff`] };
}
