/** git-sync as its image has it, the bundle under the flags of its Dockerfile, in a folder of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { killTree } from '../../../apps/runtime/src/test-support/process-tree.ts';
import { bundleApp } from '../../../scripts/images/bundle.ts';
import { imageNodeFlags } from '../../support/image-node-flags.ts';
import { root as checkout } from '../../support/root.ts';

/** Longer than anything takes that is not stuck. */
const DEADLINE_MS = 120_000;

export type LogLine = Readonly<Record<string, unknown>>;

export interface Subject extends AsyncDisposable {
  /** The folder of it all; the repository to follow may be put here. */
  readonly folder: string;
  readonly root: string;
  readonly link: string;
  /** $TMPDIR of git-sync. */
  readonly temporary: string;
  readonly start: (flags: readonly string[]) => GitSyncRun;
  /** The commit that is published. */
  readonly published: () => Promise<string | undefined>;
}

export async function createSubject(): Promise<Subject> {
  const folder = await mkdtemp(join(tmpdir(), 'pod-patterns-soak-git-sync-'));
  const [program, root, temporary] = [join(folder, 'main.cjs'), join(folder, 'root'), join(folder, 'tmp')];
  await mkdir(temporary);
  await writeFile(program, (await bundleApp(checkout, 'git-sync')).code);
  const nodeFlags = await imageNodeFlags(checkout, 'git-sync');
  const link = join(root, 'current');
  const fixed = [`--root=${root}`, '--link=current', '--ref=main'];
  const runs = new Set<GitSyncRun>();
  return {
    ...{ folder, root, link, temporary },
    start: (flags) => {
      const run = new GitSyncRun([...nodeFlags, program, ...fixed, ...flags], temporary);
      runs.add(run);
      void run.closed.then(() => runs.delete(run));
      return run;
    },
    published: async () => await readlink(link).then(basename, () => undefined),
    async [Symbol.asyncDispose]() {
      for (const run of runs) await run.kill();
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/** One life of git-sync. */
export class GitSyncRun {
  readonly child: ChildProcess;
  readonly closed: Promise<unknown>;
  readonly startedMs = performance.now();
  /** Of this life, in the order in which they came. */
  readonly lines: LogLine[] = [];
  readonly #other: string[] = [];

  constructor(args: readonly string[], temporary: string) {
    // MALLOC_ARENA_MAX as in the image.
    const env = { PATH: process.env['PATH'], TMPDIR: temporary, MALLOC_ARENA_MAX: '1' };
    this.child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.closed = once(this.child, 'close');
    for (const stream of [this.child.stdout, this.child.stderr]) {
      if (stream !== null) createInterface({ input: stream }).on('line', (text) => this.#take(text));
    }
  }

  /** How often it has logged that. */
  count(message: string): number {
    return this.lines.filter(({ msg }) => msg === message).length;
  }

  /** Resolves when the condition holds; rejects if it does not come to that, or git-sync ends before. */
  async until(what: string, condition: () => boolean | Promise<boolean>, signal: AbortSignal): Promise<void> {
    const deadlineMs = performance.now() + DEADLINE_MS;
    while (!(await condition())) {
      signal.throwIfAborted();
      const { exitCode } = this.child;
      if (exitCode !== null) throw new Error(`git-sync ended with ${exitCode} before ${what}: ${this.#lastWords()}`);
      if (performance.now() > deadlineMs) {
        throw new Error(`waited ${DEADLINE_MS} ms until ${what}: ${this.#lastWords()}`);
      }
      await sleep(2);
    }
  }

  /** Ends it and all it has started at once, and resolves to what that was. */
  async kill(): Promise<readonly (readonly string[])[]> {
    const killed = this.child.pid === undefined ? [] : killTree(this.child.pid);
    await this.closed;
    return killed;
  }

  /** Resolves to its exit code. */
  async end(): Promise<number | null> {
    this.child.kill('SIGTERM');
    await this.closed;
    return this.child.exitCode;
  }

  #take(text: string): void {
    if (text.startsWith('{')) this.lines.push(JSON.parse(text) as LogLine);
    else this.#other.push(text);
  }

  #lastWords(): string {
    return [...this.lines.slice(-5).map((line) => JSON.stringify(line)), ...this.#other.slice(-5)].join('\n');
  }
}
