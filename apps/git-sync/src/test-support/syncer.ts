import { tmpdir } from 'node:os';
import { createLogger } from '@pod-patterns/runtime/logger.ts';
import type { Config } from '../config.ts';
import { createGitHome } from '../git-home.ts';
import { createGit } from '../git.ts';
import { prepareLayout } from '../prepare-layout.ts';
import { parseRepoUrl } from '../repo-url.ts';
import { createSyncer, type SyncResult } from '../syncer.ts';
import type { Layout } from '../layout.ts';
import type { Remote } from './remote.ts';

export interface TestSyncer extends AsyncDisposable {
  readonly layout: Layout;
  readonly sync: (signal?: AbortSignal) => Promise<SyncResult>;
  /** Commands that git was run with, the first word of each. */
  readonly commands: string[];
  readonly published: string[];
}

export type SyncerSettings = Partial<Pick<Config, 'ref' | 'depth' | 'staleWorktreeTimeoutMs'>> & {
  readonly now?: () => Date;
  readonly link?: string;
};

/** A syncer of this process, as after a start of the program. */
export async function startSyncer(remote: Remote, settings: SyncerSettings = {}): Promise<TestSyncer> {
  const { now = () => new Date(), link = remote.link, ...rest } = settings;
  const repo = parseRepoUrl(remote.url);
  const layout = await prepareLayout(remote.root, link);
  const home = await createGitHome(tmpdir(), repo);
  const log = createLogger({ service: 'test', level: 'silent' });
  const git = createGit({ home: home.path, protocol: repo.protocol, environment: process.env, log });
  const commands: string[] = [];
  const published: string[] = [];
  const sync = createSyncer({
    config: { repo, ref: 'main', depth: 1, staleWorktreeTimeoutMs: 0, ...rest },
    layout,
    git: async (args, target, signal) => {
      commands.push(args[0] ?? '');
      return await git(args, target, signal);
    },
    log,
    now,
    onFetch: () => {},
    onBeforePublish: async (hash) => {
      published.push(hash);
    },
  });
  return {
    layout,
    commands,
    published,
    sync: async (signal = new AbortController().signal) => await sync(signal),
    [Symbol.asyncDispose]: () => home[Symbol.asyncDispose](),
  };
}
