/**
 * Runs in the lab. Rounds of both subjects are interleaved, so that what changes on the machine changes for both, and the
 * median counts. Prints one JSON object on stdout; progress goes to stderr. Arguments: the bundle of git-sync, then node's
 * flags.
 */
import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { serveOverHttp } from '../../../apps/git-sync/src/test-support/http-remote.ts';
import { memoryBytesIn } from '../../support/process-memory.ts';
import { startCountingRelay } from './counting-relay.ts';
import { cpuMs, cpuMsOf, median, peakOfChildren, rssBytes } from './measure.ts';
import { createRepository } from './repositories.ts';
import { callWebhook, GitSync, plainGit, PUSH_SECRET } from './subjects.ts';

const ROUNDS = 3;
const IDLE_POLLS = 100;
const POLL_MS = 1_000;
const FETCH = ['fetch', '--quiet', '--depth=1', 'origin', 'main'];
const UPDATE_IN_PLACE = [FETCH, ['checkout', '--quiet', '--detach', 'FETCH_HEAD']];

const [program = '', ...nodeFlags] = process.argv.slice(2);
const command = [process.execPath, ...nodeFlags, program];
const results: { case: string; subject: string; value: number; unit: string; ratio: number }[] = [];

/** One row a subject; the first is what the others are compared with. */
function report(name: string, unit: string, rows: readonly (readonly [subject: string, values: readonly number[]])[]) {
  const base = median(rows[0]?.[1] ?? []);
  for (const [subject, values] of rows) {
    const value = median(values);
    results.push({ case: name, subject, value: round(value), unit, ratio: round(value / base) });
    process.stderr.write(`${name}, ${subject}: ${round(value)} ${unit}, ${round(value / base)}\n`);
  }
}

await measureSmall();
await measureSize(10_000, ROUNDS);
await measureSize(100_000, 1);
const environment = {
  git: execFileSync('git', ['version'], { encoding: 'utf8' }).trim(),
  node: process.version,
  cpu: String(cpus()[0]?.model),
  rounds: `${ROUNDS}, interleaved (one with 100,000 files); medians`,
  notes: 'over HTTP on the loopback address, files in memory; the first subject of each case is what ratios are to',
};
process.stdout.write(`${JSON.stringify({ environment, results })}\n`);

/** A repository of ten files: how soon a push is published, and what it takes to see that nothing was pushed. */
async function measureSmall(): Promise<void> {
  const folder = mkdtempSync('/tmp/small-');
  const repository = await createRepository(folder, 10, 2 * ROUNDS + 1);
  await using server = await serveOverHttp(repository);
  const secretFile = join(folder, 'secret');
  writeFileSync(secretFile, PUSH_SECRET);
  const clone = await firstCheckout(server.url, join(folder, 'clone'));
  const push = ['--push-bind=127.0.0.1:0', `--push-secret-file=${secretFile}`];
  const start = (root: string, ...flags: readonly string[]) =>
    new GitSync(command, [`--repo=${server.url}`, `--root=${join(folder, root)}`, ...flags]);
  const [byHand, byWebhook, byPoll]: number[][] = [[], [], []];
  {
    await using called = start('called', '--period=1h', ...push);
    const { port } = await called.line(({ msg }) => msg === 'taking pushes');
    await called.line(({ msg }) => msg === 'published');
    for (let round = 0; round < ROUNDS; round += 1) {
      const hash = repository.push();
      byWebhook?.push(await duration(() => Promise.all([callWebhook(port), called.published(hash)])));
      byHand?.push(await duration(() => plainGit(clone, ...UPDATE_IN_PLACE)));
    }
  }
  {
    await using polling = start('polling', `--period=${POLL_MS}ms`);
    await polling.line(({ msg }) => msg === 'published');
    for (let round = 0; round < ROUNDS; round += 1) {
      // At another time of its period each.
      await sleep((round * POLL_MS) / ROUNDS);
      const hash = repository.push();
      byPoll?.push(await duration(() => polling.published(hash)));
    }
  }
  report('ten files, from push to published', 'ms', [
    ['git fetch && git checkout, begun at once', byHand ?? []],
    ['git-sync, webhook', byWebhook ?? []],
    [`git-sync, poll every ${POLL_MS} ms`, byPoll ?? []],
  ]);
  await measureIdle(folder, server.origin, clone);
}

async function measureIdle(folder: string, origin: string, clone: string): Promise<void> {
  await using relay = await startCountingRelay(origin);
  const url = `${relay.origin}/site.git`;
  await using idle = new GitSync(command, [
    ...[`--repo=${url}`, `--root=${join(folder, 'idle')}`, '--period=50ms', '--http-bind=127.0.0.1:0'],
  ]);
  const { port } = await idle.line(({ msg }) => String(msg).startsWith('serving'));
  await idle.line(({ msg }) => msg === 'published');
  const polls = async () => {
    const text = await (await fetch(`http://127.0.0.1:${String(port)}/metrics`)).text();
    return Number(/^git_sync_count_total\{status="noop"\} (\d+)$/m.exec(text)?.[1]);
  };
  const before = { polls: await polls(), cpu: cpuMs(idle.child.pid), bytes: relay.bytes, links: relay.connections };
  while ((await polls()) < before.polls + IDLE_POLLS) await sleep(100);
  const count = (await polls()) - before.polls;
  const ours = {
    cpu: (cpuMs(idle.child.pid) - before.cpu) / count,
    bytes: (relay.bytes - before.bytes) / count,
    links: (relay.connections - before.links) / count,
  };
  const idleRss = rssBytes(idle.child.pid);
  idle.child.kill();
  const start = { bytes: relay.bytes, links: relay.connections };
  const fetches = `for n in $(seq ${IDLE_POLLS}); do git fetch --quiet --depth=1 ${url} main; done; cat /proc/$$/stat`;
  const shell = await promisify(execFile)('sh', ['-c', fetches], { cwd: clone, encoding: 'utf8' });
  const plain = {
    cpu: cpuMsOf(shell.stdout) / IDLE_POLLS,
    bytes: (relay.bytes - start.bytes) / IDLE_POLLS,
    links: (relay.connections - start.links) / IDLE_POLLS,
  };
  report('ten files, idle poll, CPU', 'ms', [
    ['git fetch', [plain.cpu]],
    ['git-sync', [ours.cpu]],
  ]);
  report('ten files, idle poll, network', 'bytes', [
    ['git fetch', [plain.bytes]],
    ['git-sync', [ours.bytes]],
  ]);
  report('ten files, idle poll, connections', 'count', [
    ['git fetch', [plain.links]],
    ['git-sync', [ours.links]],
  ]);
  report('ten files, idle memory', 'MiB', [
    ['node, waiting', [nodeMib()]],
    ['git-sync', [idleRss / 2 ** 20]],
  ]);
}

/** Time and memory of a first sync, and of one of a commit that changes one file in a hundred. */
async function measureSize(files: number, rounds: number): Promise<void> {
  const folder = mkdtempSync('/tmp/size-');
  const repository = await createRepository(folder, files, rounds + 1);
  await using server = await serveOverHttp(repository);
  const [plainFirst, oursFirst, oursFirstWithStart, plainPeak, oursPeak]: number[][] = [[], [], [], [], []];
  for (let round = 0; round < rounds; round += 1) {
    const clone = join(folder, `first-${round}`);
    const plain = await peakOfChildren(duration(() => firstCheckout(server.url, clone)));
    plainFirst?.push(plain.result);
    plainPeak?.push(plain.peakBytes / 2 ** 20);
    rmSync(clone, { recursive: true });
    const root = join(folder, `root-${round}`);
    const ours = await peakOfChildren(syncOnce(server.url, root));
    oursFirst?.push(ours.result.syncMs);
    oursFirstWithStart?.push(ours.result.totalMs);
    oursPeak?.push(ours.peakBytes / 2 ** 20);
    rmSync(root, { recursive: true });
  }
  const title = `${files.toLocaleString('en')} files`;
  report(`${title}, first sync`, 'ms', [
    ['git fetch && git checkout', plainFirst ?? []],
    ['git-sync', oursFirst ?? []],
    ['git-sync, with its own start', oursFirstWithStart ?? []],
  ]);
  report(`${title}, most memory of all processes`, 'MiB', [
    ['git fetch && git checkout', plainPeak ?? []],
    ['git-sync', oursPeak ?? []],
  ]);
  await measureUpdates(title, folder, server.url, repository.push, rounds);
  rmSync(folder, { recursive: true });
}

async function measureUpdates(title: string, folder: string, url: string, push: () => string, rounds: number) {
  const inPlace = await firstCheckout(url, join(folder, 'in-place'));
  const beside = await firstCheckout(url, join(folder, 'beside'));
  await using gitSync = new GitSync(command, [`--repo=${url}`, `--root=${join(folder, 'root')}`, '--period=100ms']);
  await gitSync.line(({ msg }) => msg === 'published');
  const [besideMs, inPlaceMs, oursMs]: number[][] = [[], [], []];
  for (let round = 0; round < rounds; round += 1) {
    const hash = push();
    oursMs?.push(Number((await gitSync.published(hash))['duration_ms']));
    const tree = join(folder, `tree-${round}`);
    besideMs?.push(
      await duration(() => plainGit(beside, FETCH, ['worktree', 'add', '--quiet', '--detach', tree, 'FETCH_HEAD'])),
    );
    rmSync(tree, { recursive: true });
    inPlaceMs?.push(await duration(() => plainGit(inPlace, ...UPDATE_IN_PLACE)));
  }
  report(`${title}, a commit that changes 1 %`, 'ms', [
    ['git fetch && git worktree add', besideMs ?? []],
    ['git fetch && git checkout, in place', inPlaceMs ?? []],
    ['git-sync', oursMs ?? []],
  ]);
  const mib = rssBytes(gitSync.child.pid) / 2 ** 20;
  report(`${title}, idle memory`, 'MiB', [
    ['node, waiting', [nodeMib()]],
    ['git-sync', [mib]],
  ]);
}

async function firstCheckout(url: string, folder: string): Promise<string> {
  mkdirSync(folder);
  await plainGit(folder, ['init', '--quiet'], ['remote', 'add', 'origin', url], ...UPDATE_IN_PLACE);
  return folder;
}

async function syncOnce(url: string, root: string): Promise<{ totalMs: number; syncMs: number }> {
  const startMs = performance.now();
  await using gitSync = new GitSync(command, [`--repo=${url}`, `--root=${root}`, '--period=1h']);
  const line = await gitSync.line(({ msg }) => msg === 'published');
  return { totalMs: performance.now() - startMs, syncMs: Number(line['duration_ms']) };
}

async function duration(work: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await work();
  return performance.now() - startMs;
}

/** What Node.js itself takes under the same flags. */
function nodeMib(): number {
  const script = `setTimeout(() => console.log(require('fs').readFileSync('/proc/self/status', 'utf8')), 500)`;
  const status = execFileSync(process.execPath, [...nodeFlags, '-e', script], { encoding: 'utf8' });
  return memoryBytesIn(status, 'VmRSS') / 2 ** 20;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
