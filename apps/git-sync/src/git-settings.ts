/** What git is told by its configuration file: to run nothing a repository brings along, and what the flags ask for. */
import type { GitSetting } from './git-config-list.ts';
import type { RepoUrl } from './repo-url.ts';

export interface GitHomeSettings {
  readonly repo: Pick<RepoUrl, 'url' | 'protocol'>;
  /** Those of --git-config and --git-config-add; they come last, and so win. */
  readonly gitConfig: readonly GitSetting[];
  readonly sshKeyFiles: readonly string[];
  /** Undefined: any host key is taken. */
  readonly sshKnownHostsFile: string | undefined;
  readonly cookieFile: string | undefined;
  readonly allowedSignersFile: string | undefined;
  readonly isSparse: boolean;
}

/** The text of the file, without the credentials. */
export function renderSettings(settings: GitHomeSettings): string {
  const { repo, gitConfig, cookieFile, allowedSignersFile, isSparse } = settings;
  const ours: (readonly [string, string])[] = [
    ['core.sshCommand', sshCommand(settings)],
    // git refuses repositories of other users; this one the user has named.
    ...(repo.protocol === 'file' ? localPaths(repo.url).map((path) => ['safe.directory', path] as const) : []),
    ...(cookieFile === undefined ? [] : [['http.cookieFile', cookieFile] as const]),
    ...(allowedSignersFile === undefined ? [] : [['gpg.ssh.allowedSignersFile', allowedSignersFile] as const]),
    ...(isSparse
      ? ([
          ['core.sparseCheckout', 'true'],
          ['core.sparseCheckoutCone', 'false'],
        ] as const)
      : []),
  ];
  return [
    CONFIG,
    ...ours.map(([key, value]) => renderSetting(key, value)),
    ...gitConfig.map(({ key, value }) => renderSetting(key, value)),
  ].join('');
}

/** One setting as git-config(1) writes it. `key` is `section.name` or `section.subsection.name`. */
export function renderSetting(key: string, value: string): string {
  const first = key.indexOf('.');
  const last = key.lastIndexOf('.');
  const subsection = first === last ? '' : ` "${key.slice(first + 1, last).replaceAll(/["\\]/g, String.raw`\$&`)}"`;
  return `[${key.slice(0, first)}${subsection}]\n\t${key.slice(last + 1)} = "${escape(value)}"\n`;
}

function escape(value: string): string {
  return value
    .replaceAll(/["\\]/g, String.raw`\$&`)
    .replaceAll('\n', String.raw`\n`)
    .replaceAll('\t', String.raw`\t`);
}

function sshCommand({ sshKeyFiles, sshKnownHostsFile }: GitHomeSettings): string {
  const keys = sshKeyFiles.map((path) => ` -i ${quoteForShell(path)}`).join('');
  const hosts =
    sshKnownHostsFile === undefined
      ? '-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null'
      : `-o StrictHostKeyChecking=yes -o UserKnownHostsFile=${quoteForShell(sshKnownHostsFile)}`;
  return `ssh -o BatchMode=yes -o ConnectTimeout=20 ${hosts}${keys}`;
}

function quoteForShell(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`;
}

function localPaths(url: string): readonly string[] {
  const path = url.replace(/^file:\/\/(?:localhost)?/, '').replace(/(?<=.)\/+$/, '');
  return [path, `${path}/.git`, `${path}.git`];
}

const CONFIG = `# A repository must not be able to run anything here, nor to lead us or a credential elsewhere.
[core]
	hooksPath = /dev/null
	fsmonitor = false
	logAllRefUpdates = false
	# Each is memory that git would otherwise take by the hundred megabytes. With 32m for the bases of deltas, the checkout
	# of 100,000 files that resemble each other took three times as long.
	packedGitLimit = 64m
	packedGitWindowSize = 4m
	deltaBaseCacheLimit = 64m
[safe]
	bareRepository = explicit
[transfer]
	fsckObjects = true
[submodule]
	recurse = false
	active = .
[http]
	followRedirects = false
	lowSpeedLimit = 100
	lowSpeedTime = 30
[pack]
	threads = 1
[init]
	defaultBranch = git-sync
# Signatures are made with ssh keys; no other program is started because an object says it has another kind.
[gpg]
	format = ssh
	program = false
[gpg "openpgp"]
	program = false
[gpg "x509"]
	program = false
# Nothing may go on in the background: it would race the next fetch, and outlive its parent with no one to reap it.
[maintenance]
	auto = false
[gc]
	autoDetach = false
	auto = 500
	autoPackLimit = 20
	pruneExpire = now
[advice]
	detachedHead = false
`;
