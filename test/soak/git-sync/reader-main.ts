/**
 * A reader, in a thread of its own: follows the link once, reads every file of the tree it led to, and reads one more
 * through the link itself. Reports each tree that is not whole, and how much it has read.
 */
import { readFileSync, readlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { FILE_COUNT, fileName, revisionOf } from './revisions.ts';

export interface ReaderData {
  readonly link: string;
  readonly hashes: readonly string[];
}

export interface ReaderReport {
  readonly reads: number;
  readonly trees: number;
  readonly torn: readonly string[];
}

/** So short that a flip is seldom missed, and so long that four readers leave the machine to the others. */
const PAUSE_MS = 3;

const { link, hashes } = workerData as ReaderData;
const torn: string[] = [];
const seen = new Set<string>();
let reads = 0;
const end = new AbortController();
parentPort?.once('message', () => end.abort());

while (!end.signal.aborted) {
  try {
    readOnce();
  } catch (error) {
    torn.push(String(error));
  }
  reads += 1;
  await sleep(PAUSE_MS);
}
// To a thread, not to a window.
// oxlint-disable-next-line unicorn/require-post-message-target-origin
parentPort?.postMessage({ reads, trees: seen.size, torn } satisfies ReaderReport);

function readOnce(): void {
  const target = readlinkSync(link);
  const tree = join(dirname(link), target);
  const found = Array.from({ length: FILE_COUNT }, (_, index) =>
    revisionOf(readFileSync(join(tree, fileName(index)), 'utf8')),
  );
  const [first] = found;
  if (first === undefined || found.some((revision) => revision !== first)) {
    torn.push(`${target} holds the revisions ${found.join(' ')}`);
  } else if (basename(target) !== hashes[first]) {
    torn.push(`${target} holds revision ${first}, which is ${hashes[first]}`);
  }
  seen.add(target);
  const direct = readFileSync(join(link, fileName(0)), 'utf8');
  if (revisionOf(direct) === undefined) torn.push(`through the link: ${JSON.stringify(direct.slice(0, 40))}`);
}
