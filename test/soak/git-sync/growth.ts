/**
 * git-sync publishes commit after commit for as long as it lives. What it takes may not grow with their number: memory,
 * open files, and files on disk, of which git's own collection keeps a bounded number.
 */
import { readdir } from 'node:fs/promises';
import { memoryBytes } from '../../support/process-memory.ts';
import type { Campaign, CampaignOptions, CampaignOutcome } from '../campaign.ts';
import { createRevisions } from './revisions.ts';
import { createSubject, type GitSyncRun, type Subject } from './subject.ts';

/** A heap rises and falls with its collections; whoever keeps something of each sync passes this after 1,000. */
const MAX_RSS_RATIO = 1.15;
/** The collection of `--git-gc=auto` begins at 500 loose objects (about, it looks at one folder) or 20 packs. */
const MAX_FILES = 2_000;

interface Sample {
  readonly rssBytes: number;
  readonly openFiles: number;
  readonly filesOnDisk: number;
}

export const gitSyncGrowth: Campaign = {
  name: 'git-sync-growth',
  summary: 'publishes one commit after the other: memory, open files and files on disk do not grow',
  unit: 'syncs',
  count: 1_000,
  testCount: 60,
  run: growthCampaign,
};

async function growthCampaign({ count, signal, note }: CampaignOptions): Promise<CampaignOutcome> {
  await using subject = await createSubject();
  const revisions = await createRevisions(subject.folder, count + 1);
  const run = subject.start([`--repo=${revisions.url}`, '--period=10ms', '--verbose=1']);
  const samples: Sample[] = [];
  for (let revision = 0; revision <= count; revision += 1) {
    await revisions.moveTo(revision);
    // The old tree is removed after the new one is published, and before the next look.
    const isLookedAtAgain = () =>
      run.lines.some(({ msg, hash }) => msg === 'up to date' && hash === revisions.hashes[revision]);
    await run.until(`revision ${revision} is published, and looked at again`, isLookedAtAgain, signal);
    // Only what is looked for is kept, or it would be the campaign that grows.
    run.lines.length = 0;
    samples.push(await takeSample(run, subject));
    if (revision > 0 && revision % 100 === 0) note(`${revision} syncs, ${toMib(samples.at(-1)?.rssBytes)} MiB`);
  }
  const exitCode = await run.end();
  // The first fifth warms up: code is compiled, and the heap takes the size it works with.
  const fifth = Math.floor(samples.length / 5);
  const [early, late] = [samples.slice(fifth, 2 * fifth), samples.slice(-fifth)];
  const rssRatio = median(late, 'rssBytes') / median(early, 'rssBytes');
  const openFilesGrown = median(late, 'openFiles') - median(early, 'openFiles');
  const mostFilesOnDisk = Math.max(...samples.map(({ filesOnDisk }) => filesOnDisk));
  // A short run has not yet left the warm-up behind.
  const isLong = count >= 500;
  const faults = [isLong && rssRatio > MAX_RSS_RATIO, openFilesGrown > 0, mostFilesOnDisk > MAX_FILES, exitCode !== 0];
  return {
    failures: faults.filter(Boolean).length,
    earlyRssMib: toMib(median(early, 'rssBytes')),
    lateRssMib: toMib(median(late, 'rssBytes')),
    highestRssMib: toMib(Math.max(...samples.map(({ rssBytes }) => rssBytes))),
    rssRatio: Math.round(rssRatio * 100) / 100,
    openFiles: median(late, 'openFiles'),
    openFilesGrown,
    mostFilesOnDisk,
    filesOnDiskInTheEnd: samples.at(-1)?.filesOnDisk,
  };
}

async function takeSample({ child: { pid } }: GitSyncRun, { root }: Subject): Promise<Sample> {
  const rssBytes = memoryBytes(pid, 'VmRSS');
  const openFiles = (await readdir(`/proc/${pid}/fd`)).length;
  const filesOnDisk = (await readdir(root, { recursive: true })).length;
  return { rssBytes, openFiles, filesOnDisk };
}

function median(samples: readonly Sample[], key: keyof Sample): number {
  const values = samples.map((sample) => sample[key]).toSorted((one, other) => one - other);
  return values[Math.floor(values.length / 2)] ?? Number.NaN;
}

function toMib(bytes = Number.NaN): number {
  return Math.round((bytes / 2 ** 20) * 10) / 10;
}
