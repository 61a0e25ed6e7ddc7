/** A working copy of the site on this machine, as whoever pushes to it has one. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';

export interface SiteClone extends AsyncDisposable {
  readonly folder: string;
  git(...args: string[]): Promise<string>;
  /** Writes one file, commits everything and pushes it; returns the commit. */
  push(file: string, text: string): Promise<string>;
}

/** Settings of the user of this machine must not change what is tested. */
const ENVIRONMENT = {
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_TERMINAL_PROMPT: '0',
  GIT_AUTHOR_NAME: 'test',
  GIT_AUTHOR_EMAIL: 'test@example.com',
  GIT_COMMITTER_NAME: 'test',
  GIT_COMMITTER_EMAIL: 'test@example.com',
  // The server is on this machine.
  no_proxy: '*',
};

export async function cloneSite(url: string): Promise<SiteClone> {
  const folder = await mkdtemp(join(tmpdir(), 'site-'));
  const git = async (...args: string[]) => (await execa('git', args, { cwd: folder, env: ENVIRONMENT })).stdout;
  await git('clone', '--quiet', url, '.');
  return {
    folder,
    git,
    async push(file, text) {
      await writeFile(join(folder, file), text);
      await git('add', '--all');
      await git('commit', '--quiet', '--message', `change ${file}`);
      await git('push', '--quiet', 'origin', 'HEAD:main');
      return git('rev-parse', 'HEAD');
    },
    async [Symbol.asyncDispose]() {
      await rm(folder, { recursive: true });
    },
  };
}
