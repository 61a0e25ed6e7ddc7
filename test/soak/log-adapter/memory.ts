/**
 * Two things that make a careless reader grow without bound: a line of 64 MiB, and an output that nobody takes while the
 * log grows. It has to stay below the memory limit of its container, and afterwards nothing may be missing.
 */
import { appendFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLossLedger } from '../../../apps/log-adapter/src/loss-ledger.ts';
import type { Campaign, CampaignOptions } from '../campaign.ts';
import { numberedLine, numberOf } from './numbered-lines.ts';
import { createSubject, type OutputLine } from './subject.ts';
import { startWriter } from './writer.ts';

const MIB = 2 ** 20;
const MAX_RSS_BYTES = 128 * MIB;
const LONG_LINE_BYTES = 64 * MIB;
const LINES_PER_STEP = 2_500;
const STEP_MS = 100;

export const logAdapterMemory: Campaign = {
  name: 'log-adapter-memory',
  summary: 'a line of 64 MiB, and a stdout that nobody reads at full input: log-adapter stays within 128 MiB',
  unit: 'seconds of a stalled stdout',
  count: 60,
  testCount: 3,
  async run(options) {
    const longLine = await readLongLine(options);
    options.note(`64 MiB line: ${toMib(longLine.longLineMaxRssBytes)} MiB`);
    const stalled = await stall(options);
    options.note(`stalled: ${toMib(stalled.stalledMaxRssBytes)} MiB`);
    return { ...longLine, ...stalled, failures: longLine.failures + stalled.failures };
  },
};

/** It has to come out cut, valid and flagged, and the lines around it as they are. */
async function readLongLine({ signal }: CampaignOptions) {
  await using subject = await createSubject();
  const events: OutputLine[] = [];
  const run = subject.start({ onEvent: (event) => void events.push(event) });
  await run.started(signal);
  await appendFile(subject.logFile, numberedLine(0));
  const chunk = 'é'.repeat(MIB / 2);
  for (let written = 0; written < LONG_LINE_BYTES; written += MIB) await appendFile(subject.logFile, chunk);
  await appendFile(subject.logFile, `\n${numberedLine(1)}`);
  await run.drained(() => events.some(({ msg }) => numberOf(msg) === 1), signal);
  const maxRssBytes = run.peakRssBytes;
  const exitCode = await run.end('SIGTERM');
  const [first, long, second] = events;
  const isCut = long?.['truncated'] === true && /^é+$/.test(String(long['msg']));
  const isRight = events.length === 3 && numberOf(first?.['msg']) === 0 && isCut && numberOf(second?.['msg']) === 1;
  return {
    failures: toFailures(!isRight, maxRssBytes > MAX_RSS_BYTES, exitCode !== 0) + run.invalidLines,
    longLineMaxRssBytes: maxRssBytes,
    longLineEvents: events.length,
  };
}

/** The log grows and is rotated all the time; then everything has to come. */
async function stall({ count, seed, signal, note }: CampaignOptions) {
  await using subject = await createSubject();
  const ledger = createLossLedger();
  let strange = 0;
  const run = subject.start({
    isPaused: true,
    onEvent({ msg }) {
      const number = numberOf(msg);
      if (number === undefined) strange += 1;
      else ledger.sawLine(number);
    },
  });
  await using writer = startWriter({
    logFile: subject.logFile,
    rotateLines: 8 * LINES_PER_STEP,
    keepFiles: 0,
    seed,
  });
  const steps = (count * 1_000) / STEP_MS;
  for (let step = 1; step <= steps; step += 1) {
    writer.allow(step * LINES_PER_STEP);
    await sleep(STEP_MS, undefined, { signal });
    if (step % 100 === 0) note(`${step / 10} s: ${toMib(run.peakRssBytes)} MiB`);
  }
  await writer.done();
  const stalledMaxRssBytes = run.peakRssBytes;
  for (let number = 0; number < writer.written; number += 1) ledger.expectLine(number);
  run.resume();
  await run.drained(() => ledger.seen === ledger.expected, signal);
  const maxRssBytes = run.peakRssBytes;
  const exitCode = await run.end('SIGTERM');
  const { lost, duplicated, reordered, unknown, firstLost } = ledger.report();
  const wrong = lost + duplicated + reordered + unknown + strange + run.invalidLines;
  return {
    failures: wrong + toFailures(maxRssBytes > MAX_RSS_BYTES, exitCode !== 0),
    stalledSeconds: count,
    stalledLines: writer.written,
    stalledRotations: writer.rotations,
    stalledMaxRssBytes,
    catchUpMaxRssBytes: maxRssBytes,
    lost,
    firstLost,
    duplicated,
    reordered,
    unknown,
    strange,
  };
}

function toFailures(...faults: readonly boolean[]): number {
  return faults.filter(Boolean).length;
}

function toMib(bytes: number): number {
  return Math.round(bytes / MIB);
}
