/**
 * git-sync is killed at any instant, again and again, while the branch moves and four readers read. It is never helped:
 * what a kill has left behind is for the next start to put right, with its first sync.
 */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Campaign, CampaignOptions, CampaignOutcome } from '../campaign.ts';
import { createRandom } from '../random.ts';
import { startReaders } from './readers.ts';
import { createRevisions } from './revisions.ts';
import { createSubject, type GitSyncRun, type Subject } from './subject.ts';

const READERS = 4;
/** Between syncs when nothing fails. A restart does not wait for it. */
const PERIOD_MS = 10;
/** What kubernetes/git-sync waits by default: a recovery has to be quicker. */
const DEFAULT_PERIOD_MS = 10_000;
/** One of so many starts finds no copy of the repository, so that it clones it. */
const CLONE_EVERY = 8;
/** Trees that a reader may still be in are kept so long; those of most revisions are removed under the kills. */
const STALE_SECONDS = 10;
const SHOWN = 5;

export const gitSyncKill: Campaign = {
  name: 'git-sync-kill',
  summary: 'kills git-sync while the branch moves and four readers read: no torn tree, and each restart puts it right',
  unit: 'kills',
  count: 1_000,
  testCount: 12,
  run: killCampaign,
};

async function killCampaign({ count, seed, signal, note }: CampaignOptions): Promise<CampaignOutcome> {
  await using subject = await createSubject();
  // Each kill moves the branch twice at most, and what comes after the last one once more.
  const revisions = await createRevisions(subject.folder, 2 * count + 2);
  const flags = [`--repo=${revisions.url}`, `--period=${PERIOD_MS}ms`, `--stale-worktree-timeout=${STALE_SECONDS}s`];
  const random = createRandom(seed);
  const recoveriesMs: number[] = [];
  const killedDuring = new Map<string, number>();
  let [revision, late, unfinished] = [0, 0, 0];

  const isCurrent = async () => (await subject.published()) === revisions.hashes[revision];
  const advance = async () => await revisions.moveTo((revision += 1));
  /** Whatever happened before, its first sync has to publish what is current. */
  const recover = async (run: GitSyncRun) => {
    const isSynced = () => run.count('published') + run.count('up to date') + failedSyncs(run) > 0;
    await run.until('its first sync', isSynced, signal);
    recoveriesMs.push(performance.now() - run.startedMs);
    if (failedSyncs(run) > 0 || !(await isCurrent())) late += 1;
    await run.until('the current commit is published', isCurrent, signal);
  };

  const first = subject.start(flags);
  await recover(first);
  await first.end();
  await using readers = startReaders(READERS, { link: subject.link, hashes: revisions.hashes });
  let flipMs = 200;
  for (let kill = 1; kill <= count; kill += 1) {
    signal.throwIfAborted();
    const isDuringStart = kill % 3 === 0;
    if (isDuringStart) await advance();
    if (kill % CLONE_EVERY === 0) await rm(join(subject.root, '.git'), { recursive: true, force: true });
    const run = subject.start(flags);
    if (isDuringStart) {
      await sleep(random(Math.ceil(1.2 * median(recoveriesMs))));
    } else {
      await recover(run);
      const startMs = performance.now();
      await advance();
      await run.until('the next commit is published', isCurrent, signal);
      flipMs = performance.now() - startMs;
      await advance();
      await sleep(random(Math.ceil(1.5 * flipMs)));
    }
    const killed = await run.kill();
    const work = workOf(killed);
    killedDuring.set(work, (killedDuring.get(work) ?? 0) + 1);
    if (!(await isCurrent()) || (await hasLeftovers(subject))) unfinished += 1;
    if (kill % 50 === 0) note(`${kill} kills, ${unfinished} in the middle of a sync, revision ${revision}`);
  }
  const last = subject.start(flags);
  await recover(last);
  await advance();
  await last.until('the last commit is published', isCurrent, signal);
  const exitCode = await last.end();
  const reports = await readers.stop();
  const torn = reports.flatMap((report) => report.torn);
  const leftInTemporary = (await readdir(subject.temporary)).length;
  const hasEnded = exitCode === 0 && leftInTemporary === 0 && !(await hasLeftovers(subject));
  const slowestMs = Math.max(...recoveriesMs);
  return {
    failures: torn.length + late + (hasEnded ? 0 : 1),
    flips: revision,
    readers: READERS,
    reads: reports.reduce((sum, { reads }) => sum + reads, 0),
    treesRead: Math.max(...reports.map(({ trees }) => trees)),
    tornReads: torn.length,
    firstTorn: torn.slice(0, SHOWN),
    restartsThatNeededASecondSync: late,
    medianRecoveryMs: Math.round(median(recoveriesMs)),
    slowestRecoveryMs: Math.round(slowestMs),
    recoveriesWithinAPeriod: recoveriesMs.filter((ms) => ms <= DEFAULT_PERIOD_MS).length,
    recoveries: recoveriesMs.length,
    killsInTheMiddleOfASync: unfinished,
    killedDuring: Object.fromEntries([...killedDuring].toSorted(([, one], [, other]) => other - one)),
    leftInTemporary,
  };
}

function failedSyncs(run: GitSyncRun): number {
  return run.count('sync failed, will try again');
}

/** What git was doing: the first word of its command, or that none was running. */
function workOf(killed: readonly (readonly string[])[]): string {
  const git = killed.find(([program]) => program === 'git' || program === 'setsid');
  return git?.find((argument) => !/^(?:git|setsid|-.*)$/.test(argument)) ?? 'no git';
}

async function hasLeftovers({ root }: Subject): Promise<boolean> {
  const paths = await readdir(root, { recursive: true });
  return paths.some((path) => /\.lock$|\/tmp_|\.git-sync-tmp-/.test(path));
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? 0;
}
