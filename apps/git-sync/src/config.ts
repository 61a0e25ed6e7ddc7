/** The settings as the program uses them: checked against each other, paths absolute, units in the names. */
import { isAbsolute, join, relative, resolve } from 'node:path';
import { describeError } from '@pod-patterns/runtime/errors.ts';
import type { ProcessPattern } from '@pod-patterns/runtime/find-process.ts';
import { createAuthConfig, type AuthConfig } from './config-auth.ts';
import { createHooksConfig, type HooksConfig } from './config-hooks.ts';
import { invalidSetting } from './config-error.ts';
import type { FlagValues } from './flags.ts';
import { parseGitConfigList, type GitSetting } from './git-config-list.ts';
import { submoduleProtocols, type Protocol } from './protocols.ts';
import { checkRefName } from './ref-name.ts';
import { hostName, parseRepoUrl, type RepoUrl } from './repo-url.ts';

export interface Address {
  /** Undefined: all addresses of this host. */
  readonly host: string | undefined;
  readonly port: number;
}

export interface Config extends AuthConfig, HooksConfig {
  readonly repo: RepoUrl;
  readonly ref: string;
  readonly root: string;
  readonly link: string;
  readonly depth: number;
  readonly submodules: FlagValues['submodules'];
  readonly submoduleProtocols: readonly Protocol[];
  readonly sparseCheckoutFile: string | undefined;
  readonly filter: string | undefined;
  /** In lower case; empty: any host. */
  readonly allowedHosts: readonly string[];
  readonly periodMs: number;
  readonly initPeriodMs: number;
  readonly syncTimeoutMs: number;
  readonly maxFailures: number;
  readonly initMaxFailures: number;
  readonly isOneTime: boolean;
  readonly syncOnSignal: NodeJS.Signals | undefined;
  readonly staleWorktreeTimeoutMs: number;
  readonly touchFile: string | undefined;
  readonly errorFile: string | undefined;
  readonly isGroupWritable: boolean;
  readonly git: string;
  readonly gitConfig: readonly GitSetting[];
  readonly gitGc: FlagValues['git-gc'];
  readonly httpBind: Address | undefined;
  readonly pushBind: Address | undefined;
  readonly pushSecretFile: string | undefined;
  readonly logLevel: 'info' | 'debug' | 'trace';
  /** Undefined: nobody is signalled. */
  readonly signalProcess: ProcessPattern | undefined;
  readonly signal: NodeJS.Signals;
  readonly readyMaxAgeMs: number;
}

const SHORTEST_MS = 10;
/** They already mean something else to this program or to Node.js, or cannot be caught. */
const RESERVED_SIGNALS: ReadonlySet<string> = new Set([
  'SIGTERM',
  'SIGINT',
  'SIGKILL',
  'SIGSTOP',
  'SIGCHLD',
  'SIGPIPE',
  'SIGUSR1',
]);

/** Checks all values. Throws an AppError `SETTING_INVALID`, `REPO_REFUSED` or `REF_REFUSED` that names the flag. */
export function createConfig(flags: FlagValues): Config {
  checkValues(flags);
  const repo = parseRepoUrl(flags.repo);
  const root = resolve(flags.root);
  const allowedHosts = flags['allow-host'].split(',').filter(Boolean).map(hostName);
  checkHost(repo, allowedHosts);
  const gitConfig = gitSettings(flags);
  return {
    ...createAuthConfig(flags, repo),
    ...createHooksConfig(flags),
    repo,
    ref: flags.ref,
    root,
    link: linkPath(root, flags.link === '' ? lastPart(repo.url) : flags.link),
    depth: flags.depth,
    submodules: flags.submodules,
    submoduleProtocols: submoduleProtocols(gitConfig),
    sparseCheckoutFile: optional(flags['sparse-checkout-file']),
    filter: optional(flags.filter),
    allowedHosts,
    periodMs: flags.period,
    initPeriodMs: flags['init-period'] === 0 ? flags.period : flags['init-period'],
    syncTimeoutMs: flags['sync-timeout'],
    maxFailures: flags['max-failures'],
    initMaxFailures: flags['init-max-failures'] ?? flags['max-failures'],
    isOneTime: flags['one-time'],
    syncOnSignal: flags['sync-on-signal'],
    staleWorktreeTimeoutMs: flags['stale-worktree-timeout'],
    touchFile: optionalPath(root, flags['touch-file']),
    errorFile: errorFilePath(flags),
    isGroupWritable: flags['group-write'],
    git: flags.git,
    gitConfig,
    gitGc: flags['git-gc'],
    httpBind: parseBind('http-bind', flags['http-bind']),
    pushBind: parseBind('push-bind', flags['push-bind']),
    pushSecretFile: optional(flags['push-secret-file']),
    logLevel: flags.verbose >= 5 ? 'trace' : flags.verbose >= 1 ? 'debug' : 'info',
    signalProcess: processPattern(flags),
    signal: flags.signal,
    readyMaxAgeMs: flags['ready-max-age'],
  };
}

/** Where errors are to be written, or undefined; also for when the other settings are wrong. */
export function errorFilePath(flags: Pick<FlagValues, 'root' | 'error-file'>): string | undefined {
  return flags.root === '' ? undefined : optionalPath(resolve(flags.root), flags['error-file']);
}

/** Throws an AppError `SETTING_INVALID` unless the repository is on an allowed host. Files are on none. */
export function checkHost({ host }: RepoUrl, allowedHosts: readonly string[]): void {
  if (allowedHosts.length === 0 || host === undefined || allowedHosts.includes(host)) return;
  throw invalidSetting(
    `the host ${host} is not one of --allow-host`,
    'Add it with --allow-host, if it is to be trusted.',
  );
}

function checkValues(flags: FlagValues): void {
  for (const name of ['repo', 'root', 'ref', 'git'] as const) {
    if (flags[name] === '') throw invalidSetting(`--${name} is required`, `Set --${name}.`);
  }
  checkRefName(flags.ref);
  for (const name of ['period', 'sync-timeout'] as const) {
    if (flags[name] < SHORTEST_MS) throw invalidSetting(`--${name} is below 10ms`, 'Set 10ms or more.');
  }
  if (flags.depth < 0)
    throw invalidSetting(`--depth ${flags.depth} is below 0`, 'Set 0 for the whole history, or more.');
  const { filter, 'sync-on-signal': signal } = flags;
  if (!/^(?:|blob:none|blob:limit=\d+[kmg]?|tree:\d+)$/.test(filter)) {
    throw invalidSetting(
      `--filter ${JSON.stringify(filter)} is not known`,
      'Use blob:none, blob:limit=SIZE or tree:0.',
    );
  }
  if (signal !== undefined && RESERVED_SIGNALS.has(signal)) {
    throw invalidSetting(`--sync-on-signal ${signal} cannot be used for that`, 'Use SIGHUP.');
  }
  for (const name of ['http-metrics', 'http-pprof'] as const) {
    if (flags[name] && flags['http-bind'] === '')
      throw invalidSetting(`--${name} needs --http-bind`, 'Set --http-bind.');
  }
  if ((flags['push-bind'] === '') !== (flags['push-secret-file'] === '')) {
    throw invalidSetting('--push-bind and --push-secret-file need each other', 'Set both or none.');
  }
}

/** Of a key that is written twice in --git-config the last counts, as with `git config`; --git-config-add keeps all. */
function gitSettings(flags: FlagValues): readonly GitSetting[] {
  const replacing = parseGitConfigList('git-config', flags['git-config']);
  const last = new Map(replacing.map((setting) => [setting.key, setting]));
  return [...last.values(), ...parseGitConfigList('git-config-add', flags['git-config-add'])];
}

function processPattern(flags: FlagValues): ProcessPattern | undefined {
  const [name, written] = [optional(flags['signal-process']), optional(flags['signal-arguments'])];
  if (name === undefined && written === undefined) return undefined;
  try {
    return { name, argv: written === undefined ? undefined : new RegExp(written, 'u') };
  } catch (error) {
    const reason = `--signal-arguments ${JSON.stringify(written)} is no regular expression: ${describeError(error)}`;
    throw invalidSetting(reason, 'Write it as in JavaScript, such as "node .*/server[.]js".');
  }
}

function linkPath(root: string, written: string): string {
  const link = resolve(root, written);
  const [first] = relative(root, link).split('/');
  if (first === '' || first === '.git' || first === '.worktrees') {
    const reason = `--link ${JSON.stringify(written)} is a place git-sync uses itself`;
    throw invalidSetting(reason, 'Name another path, such as current.');
  }
  return link;
}

function lastPart(url: string): string {
  return url.replace(/\/+$/, '').split('/').at(-1) ?? url;
}

function optional(text: string): string | undefined {
  return text === '' ? undefined : text;
}

function optionalPath(root: string, path: string): string | undefined {
  if (path === '') return undefined;
  return isAbsolute(path) ? path : join(root, path);
}

function parseBind(flag: string, bind: string): Address | undefined {
  if (bind === '') return undefined;
  const groups = /^(?:\[(?<bracketed>[^\]]+)\]|(?<plain>[^:]*)):(?<port>\d{1,5})$/.exec(bind)?.groups;
  const port = Number(groups?.['port']);
  if (groups === undefined || port > 65_535) {
    const reason = `--${flag} ${JSON.stringify(bind)} is not [HOST]:PORT`;
    throw invalidSetting(reason, 'Write it like :9902 or 127.0.0.1:9902.');
  }
  return { host: optional(groups['bracketed'] ?? groups['plain'] ?? ''), port };
}
