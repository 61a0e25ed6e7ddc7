/** The promise that matters: whatever happens to git-sync, a reader sees whole trees only, and a restart is enough. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { killTree } from '@pod-patterns/runtime/test-support/process-tree.ts';
import { startGitSync } from './test-support/git-sync-process.ts';
import { Remote } from './test-support/remote.ts';

const SEED = 20_260_514;
const FILE_COUNT = 40;
const SLOW_TEST_MS = 300_000;
const WAIT_MS = 60_000;

test('readers never see a torn tree during 30 flips', { timeout: SLOW_TEST_MS }, async () => {
  using remote = new Remote();
  commitRevision(remote, 0);
  await using gitSync = startGitSync([
    ...[`--repo=${remote.url}`, `--root=${remote.root}`, '--ref=main', '--link=current', '--period=10ms'],
    // A reader that has read the link may go on reading below it.
    '--stale-worktree-timeout=1h',
  ]);
  await gitSync.waitForLine('published');
  const readers = startReaders(remote, 3);
  for (let revision = 1; revision <= 30; revision += 1) {
    const hash = commitRevision(remote, revision);
    await gitSync.waitForLine('published', (line) => line['hash'] === hash);
  }
  const { reads, torn, revisions } = await readers.stop();
  expect(torn).toEqual([]);
  expect(reads).toBeGreaterThan(100);
  expect(revisions).toBeGreaterThan(20);
});

test(
  `kill -9 at 15 random instants (seed ${SEED}): no torn tree, and each restart converges by itself`,
  { timeout: SLOW_TEST_MS },
  async () => {
    using remote = new Remote();
    const random = createRandom(SEED);
    const flags = [
      ...[`--repo=${remote.url}`, `--root=${remote.root}`, '--ref=main', '--link=current', '--period=10ms'],
      // A reader that has read the link may go on reading below it.
      '--stale-worktree-timeout=1h',
    ];
    let revision = 0;
    let hash = commitRevision(remote, revision);
    {
      await using gitSync = startGitSync(flags);
      await gitSync.waitForLine('published');
    }
    const readers = startReaders(remote, 2);
    let killedInTheMiddle = 0;
    for (let round = 1; round <= 15; round += 1) {
      await using gitSync = startGitSync(flags);
      await gitSync.waitForLine('started');
      await vi.waitFor(() => expect(remote.published()).toBe(hash), { timeout: WAIT_MS });
      expect(readTree(remote)).toEqual({ kind: 'whole', revision: String(revision) });
      await vi.waitFor(() => expect(hasLeftovers(remote)).toBe(false), { timeout: WAIT_MS });
      revision += 1;
      hash = commitRevision(remote, revision);
      await sleep(random() * 350);
      killTree(gitSync.child.pid);
      expect(await gitSync.waitForExit()).toBe('SIGKILL');
      if (remote.published() !== hash || hasLeftovers(remote)) killedInTheMiddle += 1;
    }
    await using last = startGitSync([...flags, '--one-time']);
    expect(await last.waitForExit()).toBe(0);
    expect(readTree(remote)).toEqual({ kind: 'whole', revision: String(revision) });
    expect(hasLeftovers(remote)).toBe(false);
    const { torn, reads } = await readers.stop();
    expect(torn).toEqual([]);
    expect(reads).toBeGreaterThan(100);
    // Otherwise the instants were chosen badly and the test shows nothing.
    expect(killedInTheMiddle).toBeGreaterThan(3);
  },
);

/** A tree in which every file holds the revision, so that a mixture shows. */
function commitRevision(remote: Remote, revision: number): string {
  const names = Array.from({ length: FILE_COUNT }, (_, index) => `dir${index % 4}/file${index}`);
  return remote.commit(Object.fromEntries(names.map((name) => [name, `${revision}\n${'x'.repeat(2_000)}`])));
}

type Reading =
  | { readonly kind: 'whole'; readonly revision: string }
  | { readonly kind: 'torn'; readonly detail: string };

/** Reads the tree as a careful reader does: follows the link once, and stays in the folder it led to. */
function readTree(remote: Remote): Reading {
  const folder = join(remote.root, readlinkSync(remote.link));
  try {
    const revisions = Array.from({ length: FILE_COUNT }, (_, index) => {
      const text = readFileSync(join(folder, `dir${index % 4}/file${index}`), 'utf8');
      return text.endsWith('x'.repeat(2_000)) ? text.split('\n')[0] : `short: ${text.length}`;
    });
    const [first, ...others] = new Set(revisions);
    if (others.length > 0 || first === undefined)
      return { kind: 'torn', detail: `${folder}: ${[first, ...others].join()}` };
    return { kind: 'whole', revision: first };
  } catch (error) {
    return { kind: 'torn', detail: String(error) };
  }
}

/** Reads again and again, between all that the test itself waits for. */
function startReaders(remote: Remote, count: number) {
  const controller = new AbortController();
  const torn: string[] = [];
  const revisions = new Set<string>();
  let reads = 0;
  const readAll = async () => {
    while (!controller.signal.aborted) {
      const reading = readTree(remote);
      reads += 1;
      if (reading.kind === 'torn') torn.push(reading.detail);
      else revisions.add(reading.revision);
      await setImmediate();
    }
  };
  const ended = Promise.all(Array.from({ length: count }, readAll));
  return {
    stop: async () => {
      controller.abort();
      await ended;
      return { reads, torn, revisions: revisions.size };
    },
  };
}

function hasLeftovers(remote: Remote): boolean {
  const paths = readdirSync(remote.root, { recursive: true }).map(String);
  return paths.some((path) => /\.lock$|\/tmp_|\.git-sync-tmp-/.test(path));
}

/** mulberry32: the same numbers for the same seed. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
