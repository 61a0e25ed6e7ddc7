/** The settings as the program uses them: checked against each other, paths absolute, units in the names. */
import { isAbsolute, join, relative, resolve } from 'node:path';
import { AppError } from '@pod-patterns/runtime/errors.ts';
import type { FlagValues } from './flags.ts';
import { checkRefName } from './ref-name.ts';
import { parseRepoUrl, type RepoUrl } from './repo-url.ts';

export interface Config {
  readonly repo: RepoUrl;
  readonly ref: string;
  readonly root: string;
  readonly link: string;
  readonly depth: number;
  readonly periodMs: number;
  readonly initPeriodMs: number;
  readonly syncTimeoutMs: number;
  readonly maxFailures: number;
  readonly isOneTime: boolean;
  readonly syncOnSignal: NodeJS.Signals | undefined;
  readonly staleWorktreeTimeoutMs: number;
  readonly touchFile: string | undefined;
  readonly errorFile: string | undefined;
  readonly httpBind: { readonly host: string | undefined; readonly port: number } | undefined;
  readonly logLevel: 'info' | 'debug' | 'trace';
  readonly signalProcess: string | undefined;
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
  for (const name of ['repo', 'root', 'ref'] as const) {
    if (flags[name] === '') throw invalid(`--${name} is required`, `Set --${name}.`);
  }
  for (const name of ['period', 'sync-timeout'] as const) {
    if (flags[name] < SHORTEST_MS) throw invalid(`--${name} is below 10ms`, 'Set 10ms or more.');
  }
  if (flags.depth < 0) throw invalid(`--depth ${flags.depth} is below 0`, 'Set 0 for the whole history, or more.');
  const syncOnSignal = flags['sync-on-signal'];
  if (syncOnSignal !== undefined && RESERVED_SIGNALS.has(syncOnSignal)) {
    throw invalid(`--sync-on-signal ${syncOnSignal} cannot be used for that`, 'Use SIGHUP.');
  }
  checkRefName(flags.ref);
  const repo = parseRepoUrl(flags.repo);
  const root = resolve(flags.root);
  return {
    repo,
    ref: flags.ref,
    root,
    link: linkPath(root, flags.link === '' ? lastPart(repo.url) : flags.link),
    depth: flags.depth,
    periodMs: flags.period,
    initPeriodMs: flags['init-period'] === 0 ? flags.period : flags['init-period'],
    syncTimeoutMs: flags['sync-timeout'],
    maxFailures: flags['max-failures'],
    isOneTime: flags['one-time'],
    syncOnSignal,
    staleWorktreeTimeoutMs: flags['stale-worktree-timeout'],
    touchFile: optionalPath(root, flags['touch-file']),
    errorFile: optionalPath(root, flags['error-file']),
    httpBind: parseBind(flags['http-bind']),
    logLevel: flags.verbose >= 5 ? 'trace' : flags.verbose >= 1 ? 'debug' : 'info',
    signalProcess: flags['signal-process'] === '' ? undefined : flags['signal-process'],
    signal: flags.signal,
    readyMaxAgeMs: flags['ready-max-age'],
  };
}

function linkPath(root: string, written: string): string {
  const link = resolve(root, written);
  const [first] = relative(root, link).split('/');
  if (first === '' || first === '.git' || first === '.worktrees') {
    throw invalid(
      `--link ${JSON.stringify(written)} is a place git-sync uses itself`,
      'Name another path, such as current.',
    );
  }
  return link;
}

function lastPart(url: string): string {
  return url.replace(/\/+$/, '').split('/').at(-1) ?? url;
}

function optionalPath(root: string, path: string): string | undefined {
  if (path === '') return undefined;
  return isAbsolute(path) ? path : join(root, path);
}

function parseBind(bind: string): Config['httpBind'] {
  if (bind === '') return undefined;
  const groups = /^(?:\[(?<bracketed>[^\]]+)\]|(?<plain>[^:]*)):(?<port>\d{1,5})$/.exec(bind)?.groups;
  const port = Number(groups?.['port']);
  if (groups === undefined || port > 65_535) {
    throw invalid(`--http-bind ${JSON.stringify(bind)} is not [HOST]:PORT`, 'Write it like :9902 or 127.0.0.1:9902.');
  }
  const host = groups['bracketed'] ?? groups['plain'];
  return { host: host === '' ? undefined : host, port };
}

function invalid(message: string, remedy: string): AppError {
  return new AppError('SETTING_INVALID', message, remedy);
}
