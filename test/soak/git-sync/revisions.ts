/** A repository with many commits, made in one go. Every file of a revision holds its number, so that a mixture shows. */
import { join } from 'node:path';
import { execa } from 'execa';

export const FILE_COUNT = 12;
const FILLING = 'x'.repeat(2_000);

export interface Revisions {
  readonly url: string;
  /** The commit of each revision. */
  readonly hashes: readonly string[];
  /** Moves the branch `main` to a revision, as a push does. */
  readonly moveTo: (revision: number) => Promise<void>;
}

export function fileName(index: number): string {
  return `folder${index % 3}/file${index}`;
}

/** The revision that a file is of; undefined if it is not a whole one. */
export function revisionOf(content: string): number | undefined {
  const [number, filling] = content.split('\n');
  return filling === FILLING ? Number(number) : undefined;
}

export async function createRevisions(folder: string, count: number): Promise<Revisions> {
  const path = join(folder, 'site.git');
  const environment = { PATH: process.env['PATH'], GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
  const git = async (args: readonly string[], input = ''): Promise<string> => {
    const options = { env: environment, extendEnv: false, input };
    return (await execa('git', args, options)).stdout;
  };
  await git(['init', '--quiet', '--bare', '--initial-branch=main', path]);
  const stream = Array.from({ length: count }, (_, revision) => writeRevision(revision)).join('');
  await git(['--git-dir', path, 'fast-import', '--quiet'], stream);
  const log = await git(['--git-dir', path, 'rev-list', '--reverse', 'refs/heads/all']);
  const hashes = log.split('\n');
  const moveTo = async (revision: number): Promise<void> => {
    await git(['--git-dir', path, 'update-ref', 'refs/heads/main', hashes[revision] ?? '']);
  };
  await moveTo(0);
  return { url: `file://${path}`, hashes, moveTo };
}

function writeRevision(revision: number): string {
  const content = writeData(`${revision}\n${FILLING}`);
  const files = Array.from({ length: FILE_COUNT }, (_, index) => `M 100644 inline ${fileName(index)}\n${content}`);
  const committer = `committer Soak <soak@example.com> ${1_700_000_000 + revision} +0000`;
  return `commit refs/heads/all\n${committer}\n${writeData(`revision ${revision}`)}${files.join('')}`;
}

function writeData(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}\n`;
}
