/**
 * Every flag, once: the parser, --help, --man and the manual in README.md are made from this list.
 * Names, defaults and meanings are those of kubernetes/git-sync v4; `isOurs` marks what it does not have.
 */
import type { ZodType } from 'zod';
import { boolean, choice, duration, integer, optionalInteger, optionalSignal, signal, text } from './flag-kinds.ts';

export interface Flag<Value> {
  readonly schema: ZodType<Value, string>;
  /** What stands for the value in --help, or undefined for a switch, which needs none. */
  readonly placeholder: string | undefined;
  /** As it would be written on the command line. */
  readonly fallback: string;
  /** One or more sentences. */
  readonly help: string;
  readonly short?: string;
  /** git-sync does not have it. */
  readonly isOurs?: boolean;
  /** Has no GITSYNC_ variable. */
  readonly isOnlyFlag?: boolean;
  /** May be given more than once. The texts are joined by this, as they are in the variable. */
  readonly separator?: string;
  /** Its value must never be shown, nor its variable be handed to another process. */
  readonly isSecret?: boolean;
}

type Extra = Omit<Flag<unknown>, 'schema' | 'placeholder' | 'fallback' | 'help'>;

function flag<Value>(
  placeholder: string | undefined,
  schema: ZodType<Value, string>,
  fallback: string,
  help: string,
  extra: Extra = {},
): Flag<Value> {
  return { placeholder, schema, fallback, help, ...extra };
}

function onOff(help: string, fallback: 'true' | 'false' = 'false', extra: Extra = {}): Flag<boolean> {
  return flag(undefined, boolean, fallback, help, extra);
}

const OURS = { isOurs: true } as const;

/** The flags by what they are about. */
const GROUPS = {
  'What to follow': {
    repo: flag(
      'URL',
      text,
      '',
      'The git repository to follow (required): https, http, ssh, user@host:path, file or a path.',
      { isSecret: true },
    ),
    ref: flag('REF', text, 'HEAD', 'The branch, tag or full commit hash to follow.'),
    depth: flag('N', integer, '1', 'How many commits of history to fetch; 0 means all.'),
    submodules: flag(
      'HOW',
      choice('recursive', 'shallow', 'off'),
      'recursive',
      'Submodules: recursive, shallow (only those of the repository itself) or off.',
    ),
    'sparse-checkout-file': flag(
      'PATH',
      text,
      '',
      'A file of sparse-checkout patterns; only what they name is published.',
    ),
    filter: flag('SPEC', text, '', 'Fetch only the objects that are needed: blob:none or tree:0.'),
    'allow-host': flag('HOST', text, '', 'A host that --repo and its submodules may be on. Not given: any host.', {
      ...OURS,
      separator: ',',
    }),
  },
  'Where to put it': {
    root: flag('DIR', text, '', 'The folder git-sync keeps its own files in (required). Readers use only --link.'),
    link: flag('PATH', text, '', 'The symlink to publish, absolute or below --root. Default: the last part of --repo.'),
    'stale-worktree-timeout': flag('TIME', duration, '0', 'How long to keep a tree that is no longer published.'),
    'touch-file': flag('PATH', text, '', 'A file to touch when a sync has published something, and after the first.'),
    'error-file': flag('PATH', text, '', 'A file that holds the last error as JSON; removed by the next success.'),
    'group-write': onOff('Let the group write to everything below --root.'),
  },
  'When to sync': {
    period: flag('TIME', duration, '10s', 'How long to wait between syncs, at least 10ms.'),
    'init-period': flag('TIME', duration, '0', 'The same until the first success; 0 means as --period.'),
    'sync-timeout': flag('TIME', duration, '120s', 'How long one whole sync may take, at least 10ms.'),
    'max-failures': flag('N', integer, '0', 'Exit at this many failures in a row; 0 at the first, below 0 never.'),
    'init-max-failures': flag(
      'N',
      optionalInteger,
      '',
      'The same until the first success. Default: as --max-failures.',
    ),
    'one-time': onOff('Exit after the first success, when the hooks have run.'),
    'sync-on-signal': flag('SIGNAL', optionalSignal, '', 'Sync at once when this signal arrives, such as SIGHUP.'),
    'push-bind': flag(
      '[HOST]:PORT',
      text,
      '',
      'Where to take POST /push, the webhook of a Git server, which makes it sync at once; nowhere unless told.',
      OURS,
    ),
    'push-secret-file': flag('PATH', text, '', 'The secret that the webhook is signed with (HMAC-SHA256).', OURS),
  },
  'Before it is published': {
    'pre-publish-exechook-command': flag(
      'PATH',
      text,
      '',
      'A program, without arguments, that judges a new tree: it runs in the tree, with its hash in GITSYNC_HASH, and unless it ends with 0 the link does not move.',
    ),
    'pre-publish-exechook-timeout': flag('TIME', duration, '30s', 'How long it may take, at least 1s.'),
    'pre-publish-exechook-backoff': flag(
      'TIME',
      duration,
      '3s',
      'How long to wait at least before it judges again, at least 1s.',
    ),
    'verify-signatures': flag(
      'PATH',
      text,
      '',
      'A file of allowed signers as of ssh-keygen(1); the commit, or the tag that --ref names, must be signed by one of them.',
      OURS,
    ),
    'allow-outside-symlinks': onOff('Publish trees with symlinks that lead out of the tree.', 'false', OURS),
  },
  'When it is published': {
    'exechook-command': flag(
      'PATH',
      text,
      '',
      'A program, without arguments, to run after each new commit and at the start: in the tree, with its hash in GITSYNC_HASH. It is run again until it ends with 0.',
    ),
    'exechook-timeout': flag('TIME', duration, '30s', 'How long it may take, at least 1s.'),
    'exechook-backoff': flag('TIME', duration, '3s', 'How long to wait before it is run again, at least 1s.'),
    'webhook-url': flag(
      'URL',
      text,
      '',
      'A URL to call after each new commit and at the start, with its hash in the header Gitsync-Hash. It is called again until it succeeds.',
      { isSecret: true },
    ),
    'webhook-method': flag('METHOD', text, 'POST', 'The HTTP method of that call.'),
    'webhook-success-status': flag('N', integer, '200', 'The status that means success; 0 takes any answer.'),
    'webhook-timeout': flag('TIME', duration, '1s', 'How long the call may take, at least 1s.'),
    'webhook-backoff': flag('TIME', duration, '3s', 'How long to wait before it is made again, at least 1s.'),
    'signal-process': flag('NAME', text, '', 'Signal the process of this name when the link has moved.', OURS),
    'signal-arguments': flag(
      'PATTERN',
      text,
      '',
      'The same by its arguments, joined by spaces: a regular expression, for programs that an interpreter runs. With --signal-process, both have to fit.',
      OURS,
    ),
    signal: flag('SIGNAL', signal, 'HUP', 'The signal to send to it.', OURS),
  },
  'Who we are': {
    username: flag('NAME', text, '', 'The user for http(s), with $GITSYNC_PASSWORD or --password-file.'),
    password: flag('PASSWORD', text, '', 'Deprecated as a flag, because arguments can be seen: use the variable.', {
      isSecret: true,
    }),
    'password-file': flag('PATH', text, '', 'The file that the password is read from before each sync.'),
    credential: flag(
      'JSON',
      text,
      '',
      'An object with url, username and password or password-file, or a list of them: for submodules elsewhere.',
      { separator: '\u001e', isSecret: true },
    ),
    'askpass-url': flag('URL', text, '', 'Asked before each sync for lines username=… and password=….', {
      isSecret: true,
    }),
    'cookie-file': onOff('Send the cookies of /etc/git-secret/cookie_file.'),
    'ssh-key-file': flag('PATH', text, '/etc/git-secret/ssh', 'A private key for ssh.', { separator: ':' }),
    'ssh-known-hosts': onOff('Refuse ssh hosts whose keys are not known.', 'true'),
    'ssh-known-hosts-file': flag('PATH', text, '/etc/git-secret/known_hosts', 'The keys of ssh hosts.'),
    'add-user': onOff('Add a user for our UID to /etc/passwd, if it has none; ssh wants one.'),
  },
  Git: {
    git: flag('PATH', text, 'git', 'The git program to run.'),
    'git-config': flag('LIST', text, '', 'Settings for git, as key:value,"key":"value"; they win over our own.', {
      separator: ',',
    }),
    'git-config-add': flag('LIST', text, '', 'The same for keys that have several values: what is there stays.', {
      separator: ',',
    }),
    'git-gc': flag(
      'HOW',
      choice('auto', 'always', 'aggressive', 'off'),
      'auto',
      'Garbage collection after each new commit: auto, always, aggressive or off.',
    ),
  },
  'Watching it': {
    'http-bind': flag('[HOST]:PORT', text, '', 'Where to serve /livez, /readyz and /metrics; nowhere unless told.'),
    'http-metrics': onOff('Accepted and without effect: /metrics is always there.'),
    'http-pprof': onOff('Accepted and without effect: there is no profiler.'),
    'ready-max-age': flag('TIME', duration, '0', 'Not ready if the last good sync is older; 0 means any age.', OURS),
    verbose: flag('N', integer, '0', 'Log level: 0 info, 1 and more debug, 5 and more trace.', { short: 'v' }),
    help: onOff('Print a list of the flags and exit.', 'false', { short: 'h', isOnlyFlag: true }),
    man: onOff('Print the manual and exit.', 'false', { isOnlyFlag: true }),
    version: onOff('Print the version and exit.', 'false', { isOnlyFlag: true }),
  },
} as const;

type Groups = typeof GROUPS;
type UnionToIntersection<Union> = (Union extends unknown ? (value: Union) => void : never) extends (
  value: infer Intersection,
) => void
  ? Intersection
  : never;
type Flags = UnionToIntersection<Groups[keyof Groups]>;

export type FlagName = keyof Flags;
export type FlagValues = { readonly [Name in FlagName]: Flags[Name] extends Flag<infer Value> ? Value : never };

const FLAGS = Object.assign({}, ...Object.values(GROUPS)) as Readonly<Record<FlagName, Flag<unknown>>>;

export const FLAG_NAMES = Object.keys(FLAGS) as readonly FlagName[];

/** The groups in their order, with the names of their flags. */
export const FLAG_GROUPS = Object.entries(GROUPS).map(([title, flags]) => ({
  title,
  names: Object.keys(flags) as readonly FlagName[],
}));

/** The definition of a flag, without the type of its value. */
export function flagOf(name: FlagName): Flag<unknown> {
  return FLAGS[name];
}

/** The environment variable of a flag, or undefined if it has none. */
export function variableOf(name: FlagName): string | undefined {
  return flagOf(name).isOnlyFlag === true ? undefined : `GITSYNC_${name.toUpperCase().replaceAll('-', '_')}`;
}
