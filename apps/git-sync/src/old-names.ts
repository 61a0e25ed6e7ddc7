/**
 * Names that still work, with a warning, and names that are known but not supported. Both are what a Pod may hold that
 * ran kubernetes/git-sync before: flags and variables of its v3, and the features of v4 that this program lacks.
 */
import type { FlagName } from './flags.ts';

export interface OldName {
  /** The flag that took its place; undefined if it has no effect any more. */
  readonly name: FlagName | undefined;
  /** From its value to that of the new flag. */
  readonly convert?: (value: string) => string;
  readonly isSwitch?: boolean;
}

const seconds = (value: string) => `${value}s`;

const OLD_FLAGS: Readonly<Record<string, OldName>> = {
  branch: { name: 'ref' },
  rev: { name: 'ref' },
  dest: { name: 'link' },
  wait: { name: 'period', convert: seconds },
  timeout: { name: 'sync-timeout', convert: seconds },
  'max-sync-failures': { name: 'max-failures' },
  'sync-hook-command': { name: 'exechook-command' },
  ssh: { name: undefined, isSwitch: true },
  v: { name: 'verbose' },
};

/** Old variables; those named GIT_SYNC_ and the name of a flag need not be here. */
const OLD_VARIABLES: Readonly<Record<string, OldName>> = {
  GIT_SYNC_BRANCH: { name: 'ref' },
  GIT_SYNC_REV: { name: 'ref' },
  GIT_SYNC_DEST: { name: 'link' },
  GIT_SYNC_WAIT: { name: 'period', convert: seconds },
  GIT_SYNC_TIMEOUT: { name: 'sync-timeout', convert: seconds },
  GIT_SYNC_MAX_SYNC_FAILURES: { name: 'max-failures' },
  GIT_SYNC_HOOK_COMMAND: { name: 'exechook-command' },
  GIT_SYNC_KNOWN_HOSTS: { name: 'ssh-known-hosts' },
  GIT_KNOWN_HOSTS: { name: 'ssh-known-hosts' },
  GIT_SSH_KEY_FILE: { name: 'ssh-key-file' },
  GIT_SSH_KNOWN_HOSTS_FILE: { name: 'ssh-known-hosts-file' },
  GIT_COOKIE_FILE: { name: 'cookie-file' },
  GIT_ASKPASS_URL: { name: 'askpass-url' },
};

const APP = 'GitHub apps are not supported; use --askpass-url with a program that fetches the token';
/** Flags that kubernetes/git-sync has or had, and why they are refused. */
const UNSUPPORTED_FLAGS: Readonly<Record<string, string>> = {
  'github-base-url': APP,
  'github-app-private-key': APP,
  'github-app-private-key-file': APP,
  'github-app-client-id': APP,
  'github-app-application-id': APP,
  'github-app-installation-id': APP,
  'change-permissions': 'it went away in version 4; use --group-write',
};

export function oldFlag(written: string): OldName | undefined {
  return Object.hasOwn(OLD_FLAGS, written) ? OLD_FLAGS[written] : undefined;
}

/** `names` are the flags that have a variable. */
export function oldVariable(variable: string, names: readonly FlagName[]): OldName | undefined {
  if (Object.hasOwn(OLD_VARIABLES, variable)) return OLD_VARIABLES[variable];
  const name = names.find((name) => `GIT_SYNC_${upper(name)}` === variable);
  return name === undefined ? undefined : { name };
}

/** Why a flag is not supported; undefined if nobody ever had it. */
export function unsupportedFlag(written: string): string | undefined {
  return Object.hasOwn(UNSUPPORTED_FLAGS, written) ? UNSUPPORTED_FLAGS[written] : undefined;
}

/** The same for a variable. */
export function unsupportedVariable(variable: string): string | undefined {
  if (variable === 'GIT_SYNC_PERMISSIONS') return UNSUPPORTED_FLAGS['change-permissions'];
  return Object.entries(UNSUPPORTED_FLAGS).find(([name]) => `GITSYNC_${upper(name)}` === variable)?.[1];
}

function upper(name: string): string {
  return name.toUpperCase().replaceAll('-', '_');
}
