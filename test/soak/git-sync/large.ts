/**
 * git-sync follows a repository that is large in one way: one file of many MiB, or many files. That may take long, but no
 * memory that grows with it, and what is published has to be what was pushed, byte for byte.
 */
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { execa } from 'execa';
import { memoryBytes } from '../../support/process-memory.ts';
import type { Campaign, CampaignOptions, CampaignOutcome } from '../campaign.ts';
import { createSubject } from './subject.ts';

const MIB = 2 ** 20;
/** Of git-sync itself, however large the repository is. */
const MAX_RSS_MIB = 96;
const FILES_PER_FOLDER = 1_000;

/** What a repository holds: as git fast-import(1) reads it, and whether that is what a tree has. */
interface Content {
  readonly commands: () => Iterable<string | Buffer>;
  readonly isIn: (tree: string) => Promise<boolean>;
}

export const gitSyncLargeFile: Campaign = {
  name: 'git-sync-large-file',
  summary: 'publishes a file of many MiB, twice: it is whole, and memory does not grow with it',
  unit: 'MiB',
  count: 1_024,
  testCount: 64,
  run: (options) => largeCampaign(options, largeFile(options.count)),
};

export const gitSyncManyFiles: Campaign = {
  name: 'git-sync-many-files',
  summary: 'publishes many files, twice: none is missing, and memory does not grow with them',
  unit: 'files',
  count: 100_000,
  testCount: 2_000,
  run: (options) => largeCampaign(options, manyFiles(options.count)),
};

async function largeCampaign({ signal, note }: CampaignOptions, content: Content): Promise<CampaignOutcome> {
  await using subject = await createSubject();
  const path = join(subject.folder, 'site.git');
  const git = async (args: readonly string[], input = Readable.from([])): Promise<string> => {
    const env = { PATH: process.env['PATH'], GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
    const options = { env, extendEnv: false, input, cancelSignal: signal };
    return (await execa('git', ['-c', 'core.compression=0', ...args], options)).stdout;
  };
  const commit = async (commands: Iterable<string | Buffer>): Promise<string> => {
    await git(['--git-dir', path, 'fast-import', '--quiet'], Readable.from(commands));
    return await git(['--git-dir', path, 'rev-parse', 'main']);
  };
  await git(['init', '--quiet', '--bare', '--initial-branch=main', path]);
  const run = subject.start([`--repo=file://${path}`, '--period=100ms', '--max-failures=-1', '--sync-timeout=30m']);
  const publishMs: number[] = [];
  const highestRssMib: number[] = [];
  let wrongTrees = 0;
  for (const commands of [content.commands(), ['M 100644 inline more\ndata 0\n\n']]) {
    const header = `commit refs/heads/main\ncommitter Soak <soak@example.com> 1700000000 +0000\ndata 1\nx\n`;
    const parent = publishMs.length === 0 ? [] : ['from refs/heads/main^0\n'];
    const hash = await commit(concatenate([header], parent, commands));
    note('pushed');
    const startMs = performance.now();
    await run.until('it is published', async () => (await subject.published()) === hash, signal);
    publishMs.push(Math.round(performance.now() - startMs));
    if (!(await content.isIn(subject.link))) wrongTrees += 1;
    // So far; the second time, the tree of the first is removed as well.
    highestRssMib.push(Math.round(memoryBytes(run.child.pid, 'VmHWM') / MIB));
  }
  const exitCode = await run.end();
  const isTooLarge = Math.max(...highestRssMib) > MAX_RSS_MIB;
  const failures = wrongTrees + (isTooLarge ? 1 : 0) + (exitCode === 0 ? 0 : 1);
  return { failures, wrongTrees, publishMs, highestRssMib, exitCode };
}

/** Random, so that git cannot make it small. */
function largeFile(mib: number): Content {
  const pushed = createHash('sha256');
  return {
    *commands() {
      yield `M 100644 inline large\ndata ${mib * MIB}\n`;
      for (let index = 0; index < mib; index += 1) {
        const chunk = randomBytes(MIB);
        pushed.update(chunk);
        yield chunk;
      }
      yield '\n';
    },
    isIn: async (tree) => {
      const published = createHash('sha256');
      for await (const chunk of createReadStream(join(tree, 'large'))) published.update(chunk as Buffer);
      return published.digest('hex') === pushed.copy().digest('hex');
    },
  };
}

function manyFiles(count: number): Content {
  const nameOf = (index: number) => `folder${Math.floor(index / FILES_PER_FOLDER)}/file${index}`;
  return {
    *commands() {
      for (let index = 0; index < count; index += 1) {
        const text = `${index}\n`;
        yield `M 100644 inline ${nameOf(index)}\ndata ${text.length}\n${text}\n`;
      }
    },
    isIn: async (tree) => {
      const entries = await readdir(tree, { recursive: true });
      if (entries.filter((path) => path.startsWith('folder') && path.includes('/')).length !== count) return false;
      for (let index = 0; index < count; index += 1) {
        if ((await readFile(join(tree, nameOf(index)), 'utf8')) !== `${index}\n`) return false;
      }
      return true;
    },
  };
}

function* concatenate<T>(...parts: readonly Iterable<T>[]): Iterable<T> {
  for (const part of parts) yield* part;
}
