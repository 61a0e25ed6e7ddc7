/** A bare repository in a temporary folder for tests to follow, and somewhere to follow it to. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readlinkSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

/** A file's text, that of one that can be run, a symlink's target, or the commit of a submodule. */
export type Entry = string | { readonly program: string } | { readonly symlink: string } | { readonly commit: string };
export type Files = Readonly<Record<string, Entry>>;

const ENVIRONMENT = {
  PATH: process.env['PATH'],
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Test',
  GIT_AUTHOR_EMAIL: 'test@example.com',
  GIT_COMMITTER_NAME: 'Test',
  GIT_COMMITTER_EMAIL: 'test@example.com',
};

export function runGit(args: readonly string[], input?: string): string {
  return execFileSync('git', args, {
    env: ENVIRONMENT,
    encoding: 'utf8',
    stdio: 'pipe',
    ...(input === undefined ? {} : { input }),
  }).trim();
}

export class Remote implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'git-sync-test-'));
  readonly path = join(this.folder, 'site.git');
  readonly url = `file://${this.path}`;
  /** Where a git-sync under test keeps its files, and the link it publishes. */
  readonly root = join(this.folder, 'root');
  readonly link = join(this.root, 'current');
  private count = 0;

  constructor() {
    runGit(['init', '--quiet', '--bare', '--initial-branch=main', this.path]);
  }

  /** Commits exactly these files to a branch, after what is there or (`isRewrite`) instead of it; returns the hash. */
  commit(files: Files, { branch = 'main', isRewrite = false } = {}): string {
    this.count += 1;
    const message = `change ${this.count}`;
    const entries = Object.entries(files).map(([path, entry]) => modify(path, entry));
    const parent = isRewrite || !this.hasBranch(branch) ? '' : `from refs/heads/${branch}^0\n`;
    const committer = `committer Test <test@example.com> ${1_700_000_000 + this.count} +0000`;
    const reset = parent === '' ? `reset refs/heads/${branch}\n\n` : '';
    const stream = `${reset}commit refs/heads/${branch}\n${committer}\n${data(message)}${parent}deleteall\n${entries.join('')}`;
    this.git(['fast-import', '--quiet', '--force'], stream);
    return this.hashOf(`refs/heads/${branch}`);
  }

  hashOf(ref: string): string {
    return this.git(['rev-parse', '--verify', `${ref}^{commit}`]);
  }

  git(args: readonly string[], input?: string): string {
    return runGit(['--git-dir', this.path, ...args], input);
  }

  /** As if the server were down. */
  hide(): void {
    renameSync(this.path, `${this.path}.away`);
  }

  show(): void {
    renameSync(`${this.path}.away`, this.path);
  }

  /** The commit that is published, or undefined. */
  published(): string | undefined {
    try {
      return basename(readlinkSync(this.link));
    } catch {
      return undefined;
    }
  }

  read(file: string): string {
    return readFileSync(join(this.link, file), 'utf8');
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }

  private hasBranch(branch: string): boolean {
    return this.git(['branch', '--list', branch]) !== '';
  }
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}\n`;
}

function modify(path: string, entry: Entry): string {
  if (typeof entry === 'string') return `M 100644 inline ${path}\n${data(entry)}`;
  if ('program' in entry) return `M 100755 inline ${path}\n${data(entry.program)}`;
  if ('commit' in entry) return `M 160000 ${entry.commit} ${path}\n`;
  return `M 120000 inline ${path}\n${data(entry.symlink)}`;
}
