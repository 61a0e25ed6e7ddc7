/** Killed at any moment, again and again, under a program that writes and rotates: nothing may be missing at the end. */
import { setTimeout as sleep } from 'node:timers/promises';
import { createLossLedger } from '../../../apps/log-adapter/src/loss-ledger.ts';
import type { Campaign, CampaignOptions, CampaignOutcome } from '../campaign.ts';
import { createRandom } from '../random.ts';
import { numberOf } from './numbered-lines.ts';
import { createSubject, type AdapterRun } from './subject.ts';
import { startWriter } from './writer.ts';

/** Lines that are written in one life: few as a rule, and now and then more than the adapter saves at once. */
const QUIET_LINES = 210;
const BURST_LINES = 21_000;
const BURST_EVERY = 25;
const ROTATE_LINES = 4_000;
const KEEP_FILES = 40;
/** Half of what is kept: on a slow machine it does not get so far in its short lives, and what is deleted nobody reads. */
const MAX_BEHIND_LINES = 40_000;
/** What may come once more after a kill: as much as the adapter writes between two checkpoints. */
const MAX_BATCH_EVENTS = 16_384;

export const logAdapterKill: Campaign = {
  name: 'log-adapter-kill',
  summary: 'kills log-adapter while its log is written and rotated: no line lost, few repeated, none out of order',
  unit: 'kills',
  count: 1_000,
  testCount: 20,
  run: killCampaign,
};

async function killCampaign({ count, seed, signal, note }: CampaignOptions): Promise<CampaignOutcome> {
  await using subject = await createSubject();
  const { logFile } = subject;
  await using writer = startWriter({ logFile, rotateLines: ROTATE_LINES, keepFiles: KEEP_FILES, seed });
  const random = createRandom(seed);
  const ledger = createLossLedger();
  let [end, strange, invalidLines, maxDuplicates, tooManyDuplicates, seenBefore] = [0, 0, 0, 0, 0, 0];

  const start = (): AdapterRun =>
    subject.start({
      onEvent({ msg }) {
        const number = numberOf(msg);
        if (number === undefined) strange += 1;
        else ledger.sawLine(number);
      },
    });
  const close = (run: AdapterRun): void => {
    invalidLines += run.invalidLines;
    const duplicates = run.events - (ledger.seen - seenBefore);
    seenBefore = ledger.seen;
    maxDuplicates = Math.max(maxDuplicates, duplicates);
    if (duplicates > MAX_BATCH_EVENTS) tooManyDuplicates += 1;
  };

  for (let kill = 1; kill <= count; kill += 1) {
    signal.throwIfAborted();
    const run = start();
    const isBurst = kill % BURST_EVERY === BURST_EVERY - 10;
    const lines = isBurst ? BURST_LINES : QUIET_LINES;
    for (let number = end; number < end + lines; number += 1) ledger.expectLine(number);
    writer.allow(end + lines / 3);
    end += lines;
    if (kill % 5 === 1) {
      // Some die while they start, and the next one finds a log that has grown twice.
      await sleep(random(200));
      writer.allow(end);
    } else {
      await run.until('its first event', () => run.events > 0, signal);
      writer.allow(end - lines / 3);
      await sleep(random(100));
      // It dies while this is written, or read.
      writer.allow(end);
      await sleep(random(isBurst ? 300 : 20));
    }
    const isNear = (): boolean => ledger.expected - ledger.seen < MAX_BEHIND_LINES;
    if (!isNear()) await run.until('it has come near the end', isNear, signal);
    await run.end('SIGKILL');
    close(run);
    if (kill % 50 === 0) note(`${kill} kills, ${ledger.seen} of ${writer.written} lines`);
  }
  await writer.done();
  const last = start();
  await last.started(signal);
  await last.drained(() => ledger.seen === ledger.expected, signal);
  const exitCode = await last.end('SIGTERM');
  close(last);

  const { lost, duplicated, reordered, unknown, firstLost } = ledger.report();
  return {
    failures: lost + reordered + unknown + strange + invalidLines + tooManyDuplicates + (exitCode === 0 ? 0 : 1),
    lines: writer.written,
    rotations: writer.rotations,
    lost,
    firstLost,
    duplicated,
    maxDuplicatesPerKill: maxDuplicates,
    killsWithMoreThanABatch: tooManyDuplicates,
    reordered,
    unknown,
    strange,
    invalidLines,
  };
}
