/**
 * Rotated again and again while it is written as fast as a program can: first by renaming, where nothing may be lost,
 * then by copying and truncating. There, what is written between the copy and the truncation is in no file any more,
 * and no reader can have it all; that loss of the method is measured, and only what the reader lost is a failure.
 */
import { copyFileSync, readdirSync, readFileSync, truncateSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLossLedger } from '../../../apps/log-adapter/src/loss-ledger.ts';
import type { Campaign, CampaignOptions } from '../campaign.ts';
import { numberOf } from './numbered-lines.ts';
import { createSubject, type Subject } from './subject.ts';
import { startWriter } from './writer.ts';

const LINES_PER_ROTATION = 3_000;

export const logAdapterRotate: Campaign = {
  name: 'log-adapter-rotate',
  summary: 'rotates a log at full write speed under log-adapter: no line lost, none out of order',
  unit: 'rotations',
  count: 500,
  testCount: 20,
  async run(options) {
    const renamed = await rotateByRenaming(options);
    const copied = await rotateByCopying(options);
    return { ...renamed, ...copied, failures: renamed.failures + copied.failures };
  },
};

/** The adapter at work, and the ledger of what it wrote. */
function follow(subject: Subject) {
  const ledger = createLossLedger();
  let strange = 0;
  const run = subject.start({
    onEvent({ msg }) {
      const number = numberOf(msg);
      if (number === undefined) strange += 1;
      else ledger.sawLine(number);
    },
  });
  return { ledger, run, strange: () => strange };
}

async function rotateByRenaming({ count, seed, signal, note }: CampaignOptions) {
  await using subject = await createSubject();
  const { ledger, run, strange } = follow(subject);
  await run.started(signal);
  const options = { logFile: subject.logFile, rotateLines: (LINES_PER_ROTATION * 4) / 3, keepFiles: 0, seed };
  await using writer = startWriter(options);
  const lines = count * LINES_PER_ROTATION;
  const begunMs = performance.now();
  for (let end = LINES_PER_ROTATION; end <= lines; end += LINES_PER_ROTATION) writer.allow(end);
  await writer.done();
  const writtenMs = performance.now() - begunMs;
  note(`${writer.rotations} rotations in ${Math.round(writtenMs)} ms, ${run.events} of ${lines} lines read so far`);
  for (let number = 0; number < writer.written; number += 1) ledger.expectLine(number);
  await run.drained(() => ledger.seen === ledger.expected, signal);
  const exitCode = await run.end('SIGTERM');
  const { lost, duplicated, reordered, unknown, firstLost } = ledger.report();
  const wrong = lost + duplicated + reordered + unknown + strange() + run.invalidLines;
  return {
    failures: wrong + (exitCode === 0 ? 0 : 1),
    rotations: writer.rotations,
    lines: writer.written,
    linesPerSecondWritten: Math.round((writer.written / writtenMs) * 1_000),
    lost,
    firstLost,
    duplicated,
    reordered,
    unknown,
    strange: strange(),
    invalidLines: run.invalidLines,
  };
}

/** The writer knows nothing of it: the log is copied and cut beside it, as `logrotate` does with `copytruncate`. */
async function rotateByCopying({ count, seed, signal, note }: CampaignOptions) {
  await using subject = await createSubject();
  const { logFile } = subject;
  const { ledger, run, strange } = follow(subject);
  await run.started(signal);
  await using writer = startWriter({ logFile, rotateLines: 0, keepFiles: 0, seed });
  for (let rotation = 1; rotation <= count; rotation += 1) {
    signal.throwIfAborted();
    writer.allow((rotation + 1) * LINES_PER_ROTATION);
    // It is in the middle of the next lines then.
    while (writer.written < rotation * LINES_PER_ROTATION) await sleep(1);
    copyFileSync(logFile, `${logFile}-${20_000_000 + rotation}`);
    truncateSync(logFile);
  }
  await writer.done();
  // What is on disk now can be read; what is not, was lost by the method unless the reader was faster.
  for (const number of numbersOnDisk(dirname(logFile))) ledger.expectLine(number);
  await run.drained(() => ledger.seen === ledger.expected, signal);
  const exitCode = await run.end('SIGTERM');
  const { lost, firstLost, duplicated, unknown } = ledger.report();
  const lostInAll = writer.written - ledger.seen - unknown;
  note(`copied and truncated: ${lostInAll} of ${writer.written} lines lost`);
  return {
    failures: lost + run.invalidLines + (exitCode === 0 ? 0 : 1),
    copyTruncateLines: writer.written,
    copyTruncateLostByMethod: lostInAll - lost,
    copyTruncateLostByReader: lost,
    copyTruncateFirstLostByReader: firstLost,
    copyTruncateDuplicated: duplicated,
    copyTruncateTorn: strange(),
  };
}

function numbersOnDisk(folder: string): Set<number> {
  const numbers = new Set<number>();
  for (const name of readdirSync(folder)) {
    for (const line of readFileSync(join(folder, name), 'latin1').split('\n')) {
      const number = numberOf(line);
      if (number !== undefined) numbers.add(number);
    }
  }
  return numbers;
}
