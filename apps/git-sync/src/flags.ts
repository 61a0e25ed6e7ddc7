/**
 * Every flag, once: the parser, --help and the table in README.md are made from this list.
 * Names, defaults and meanings are those of kubernetes/git-sync v4; the group `ours` holds what it does not have.
 */
import { z, type ZodType } from 'zod';
import { parseDurationMs } from './duration.ts';
import { parseSignal } from './signal-name.ts';

export interface Flag<Value> {
  readonly schema: ZodType<Value, string>;
  /** What stands for the value in --help, or undefined for a switch, which needs none. */
  readonly placeholder: string | undefined;
  /** As it would be written on the command line. */
  readonly fallback: string;
  readonly help: string;
  readonly short?: string;
  /** git-sync does not have it. */
  readonly isOurs?: boolean;
  /** Has no GITSYNC_ variable. */
  readonly isOnlyFlag?: boolean;
}

const text = z.string();
const integer = z
  .string()
  .regex(/^[+-]?\d{1,9}$/, 'is not a whole number')
  .transform(Number);
const duration = z.string().transform((value, context) => {
  const durationMs = parseDurationMs(value);
  if (durationMs !== undefined) return durationMs;
  context.addIssue({ code: 'custom', message: 'is not a duration such as 500ms, 10s or 1m30s' });
  return z.NEVER;
});
const signal = z.string().transform((value, context) => {
  const name = parseSignal(value);
  if (name !== undefined) return name;
  context.addIssue({ code: 'custom', message: 'is not a signal such as SIGHUP, HUP or 1' });
  return z.NEVER;
});
const optionalSignal = z.union([z.literal('').transform(() => undefined), signal], {
  error: 'is not a signal such as SIGHUP, HUP or 1',
});
/** The spellings that Go takes for a boolean. */
const boolean = z
  .string()
  .regex(/^(?:1|t|true|0|f|false)$/i, 'is neither true nor false')
  .transform((value) => /^(?:1|t|true)$/i.test(value));

type Extra = Pick<Flag<unknown>, 'short' | 'isOurs' | 'isOnlyFlag'>;

function flag<Value>(
  placeholder: string | undefined,
  schema: ZodType<Value, string>,
  fallback: string,
  help: string,
  extra: Extra = {},
): Flag<Value> {
  return { placeholder, schema, fallback, help, ...extra };
}

export const FLAGS = {
  repo: flag('URL', text, '', 'The git repository to follow (required): http, https, ssh, user@host:path or file.'),
  root: flag('DIR', text, '', 'The folder git-sync keeps its own files in (required). Readers use only --link.'),
  ref: flag('REF', text, 'HEAD', 'The branch, tag or full commit hash to follow.'),
  link: flag('PATH', text, '', 'The symlink to publish, absolute or below --root. Default: the last part of --repo.'),
  depth: flag('N', integer, '1', 'How many commits of history to fetch; 0 means all.'),
  period: flag('TIME', duration, '10s', 'How long to wait between syncs, at least 10ms.'),
  'init-period': flag('TIME', duration, '0', 'The same until the first success; 0 means as --period.'),
  'sync-timeout': flag('TIME', duration, '120s', 'How long one whole sync may take, at least 10ms.'),
  'max-failures': flag('N', integer, '0', 'Exit at this many failures in a row; 0 at the first, below 0 never.'),
  'one-time': flag(undefined, boolean, 'false', 'Exit after the first success.'),
  'sync-on-signal': flag('SIGNAL', optionalSignal, '', 'Sync at once when this signal arrives, such as SIGHUP.'),
  'stale-worktree-timeout': flag('TIME', duration, '0', 'How long to keep a tree that is no longer published.'),
  'touch-file': flag('PATH', text, '', 'A file to touch when a sync has published something, and after the first.'),
  'error-file': flag('PATH', text, '', 'A file that holds the last error as JSON; removed by the next success.'),
  'http-bind': flag('[HOST]:PORT', text, '', 'Where to serve /livez, /readyz and /metrics; nowhere unless told.'),
  verbose: flag('N', integer, '0', 'Log level: 0 info, 1 and more debug, 5 and more trace.', { short: 'v' }),
  'signal-process': flag('NAME', text, '', 'Signal the process of this name when the link has moved.', {
    isOurs: true,
  }),
  signal: flag('SIGNAL', signal, 'HUP', 'The signal to send to it.', { isOurs: true }),
  'ready-max-age': flag('TIME', duration, '0', 'Not ready if the last good sync is older; 0 means any age.', {
    isOurs: true,
  }),
  help: flag(undefined, boolean, 'false', 'Print this text and exit.', { short: 'h', isOnlyFlag: true }),
  version: flag(undefined, boolean, 'false', 'Print the version and exit.', { isOnlyFlag: true }),
} as const;

export type FlagName = keyof typeof FLAGS;
export type FlagValues = { readonly [Name in FlagName]: z.output<(typeof FLAGS)[Name]['schema']> };

export const FLAG_NAMES = Object.keys(FLAGS) as readonly FlagName[];

/** The definition of a flag, without the type of its value. */
export function flagOf(name: FlagName): Flag<unknown> {
  return FLAGS[name];
}

/** The environment variable of a flag, or undefined if it has none. */
export function variableOf(name: FlagName): string | undefined {
  return flagOf(name).isOnlyFlag === true ? undefined : `GITSYNC_${name.toUpperCase().replaceAll('-', '_')}`;
}
