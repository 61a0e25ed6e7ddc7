import { tmpdir } from 'node:os';
import { createLogger } from '@pod-patterns/runtime/logger.ts';
import { createConfig, type Config } from '../config.ts';
import { createGitHome } from '../git-home.ts';
import { createGit, type RunGit } from '../git.ts';
import { gitOptions, homeSettings } from '../git-options.ts';
import { prepareLayout } from '../prepare-layout.ts';
import { parseFlags } from '../parse-flags.ts';
import { createSyncer, type Candidate, type SyncResult } from '../syncer.ts';
import type { Layout } from '../layout.ts';
import type { Remote } from './remote.ts';

export interface TestSyncer extends AsyncDisposable {
  readonly layout: Layout;
  readonly sync: (signal?: AbortSignal) => Promise<SyncResult>;
  /** Commands that git was run with, the first word of each. */
  readonly commands: string[];
  readonly published: string[];
}

export interface SyncerSettings {
  readonly flags?: readonly string[];
  readonly clockMs?: () => number;
  readonly link?: string;
  readonly onSynced?: (result: SyncResult) => void;
  readonly onBeforePublish?: (candidate: Candidate, config: Config, git: RunGit, layout: Layout) => Promise<void>;
}

/** A syncer of this process, as after a start of the program. */
export async function startSyncer(remote: Remote, settings: SyncerSettings = {}): Promise<TestSyncer> {
  const { clockMs = () => performance.now(), link = remote.link, flags = [], onSynced, onBeforePublish } = settings;
  const required = [`--repo=${remote.url}`, `--root=${remote.root}`, `--link=${link}`, '--ref=main'];
  const config = createConfig(parseFlags([...required, ...flags], {}));
  const layout = await prepareLayout(config.root, link);
  const home = await createGitHome(tmpdir(), homeSettings(config));
  const log = createLogger({ service: 'test', level: 'silent' });
  const run = createGit({ ...gitOptions(config), home: home.path, environment: process.env, log });
  const commands: string[] = [];
  const published: string[] = [];
  const git: RunGit = async (args, target, signal) => {
    commands.push(args[0] ?? '');
    return await run(args, target, signal);
  };
  const sync = createSyncer({
    config,
    layout,
    git,
    log,
    now: () => new Date(),
    clockMs,
    onFetch: () => {},
    onBeforePublish: async (candidate) => {
      await onBeforePublish?.(candidate, config, git, layout);
      published.push(candidate.hash);
    },
    time: async (_step, run) => await run(),
  });
  return {
    layout,
    commands,
    published,
    sync: async (signal = new AbortController().signal) => {
      const { promise, resolve } = Promise.withResolvers<SyncResult>();
      await sync(signal, async (result) => {
        onSynced?.(result);
        resolve(result);
      });
      return promise;
    },
    [Symbol.asyncDispose]: () => home[Symbol.asyncDispose](),
  };
}
