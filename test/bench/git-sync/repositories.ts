/** Repositories of a given size: text files of about a kilobyte in folders, and commits that change one file in a hundred. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createRandom } from '../../soak/random.ts';

export const GIT_ENVIRONMENT = {
  PATH: process.env['PATH'],
  HOME: '/nonexistent',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_NOSYSTEM: '1',
};

export interface BenchRepository {
  /** The folder that a server serves it from, as `site.git`. */
  readonly folder: string;
  /** The next commit is the tip of `main`, as if it had been pushed; returns its hash. */
  readonly push: () => string;
}

const SEED = 20_261_127;
const CHANGED_EVERY = 100;
const LINES_PER_FILE = 30;

/** The first of `commits` has all files, and is the tip. */
export async function createRepository(folder: string, files: number, commits: number): Promise<BenchRepository> {
  const path = join(folder, 'site.git');
  const git = (...args: readonly string[]) =>
    execFileSync('git', args, { env: GIT_ENVIRONMENT, encoding: 'utf8' }).trim();
  git('init', '--quiet', '--bare', '--initial-branch=main', path);
  const child = spawn('git', ['--git-dir', path, 'fast-import', '--quiet'], {
    env: GIT_ENVIRONMENT,
    stdio: ['pipe', 'inherit', 'inherit'],
  });
  const closed = once(child, 'close');
  const random = createRandom(SEED);
  for (let commit = 0; commit < commits; commit += 1) {
    child.stdin.write(`commit refs/heads/all\ncommitter Bench <bench@example.com> ${1_700_000_000 + commit} +0000\n`);
    child.stdin.write(`data 0\n\n`);
    const step = commit === 0 ? 1 : CHANGED_EVERY;
    for (let file = commit === 0 ? 0 : commit % CHANGED_EVERY; file < files; file += step) {
      const lines = Array.from({ length: LINES_PER_FILE }, () => `${file} ${random(2 ** 30)} some words of text\n`);
      const text = `commit ${commit}\n${lines.join('')}`;
      const name = `part${file % 50}/section${file % 7}/file${file}.txt`;
      if (!child.stdin.write(`M 100644 inline ${name}\ndata ${text.length}\n${text}\n`))
        await once(child.stdin, 'drain');
    }
  }
  child.stdin.end();
  await closed;
  const hashes = git('--git-dir', path, 'rev-list', '--reverse', 'refs/heads/all').split('\n');
  let next = 0;
  const push = (): string => {
    const hash = hashes[next];
    if (hash === undefined) throw new Error(`${path} has no more than ${commits} commits`);
    next += 1;
    git('--git-dir', path, 'update-ref', 'refs/heads/main', hash);
    return hash;
  };
  push();
  return { folder, push };
}
