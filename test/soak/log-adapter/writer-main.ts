/**
 * A program that writes numbered lines to a log, as fast as it can, and rotates it by renaming: a process of its own, so
 * that nothing of it waits for the one that reads. On stdin it is told, a number a line, up to which line it may write;
 * on stdout it says how far it is. With the end of stdin it ends.
 *
 * Arguments: the log; after how many lines, at most, it is rotated (0: never); how many files that were put aside are
 * kept (0: all, under names that end with a date); the seed.
 */
import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { createRandom } from '../random.ts';
import { numberedLine } from './numbered-lines.ts';

const [logFile = '', rotateLines = '0', keepFiles = '0', seed = '1'] = process.argv.slice(2);
const [maxLines, keep, random] = [Number(rotateLines), Number(keepFiles), createRandom(Number(seed))];

let written = 0;
let rotations = 0;
let file = openSync(logFile, 'a');
let rotateAt = nextRotation();

for await (const text of createInterface({ input: process.stdin })) {
  writeUpTo(Number(text));
  process.stdout.write(`${written} ${rotations}\n`);
}

function writeUpTo(end: number): void {
  while (written < end) {
    // As programs do: a few lines at once, and now and then the end of a line comes later than its beginning.
    const count = Math.min(1 + random(40), end - written, rotateAt - written);
    const bytes = Buffer.from(Array.from({ length: count }, (_, index) => numberedLine(written + index)).join(''));
    const cut = random(4) === 0 ? random(bytes.length) : bytes.length;
    writeSync(file, bytes, 0, cut);
    if (cut < bytes.length) writeSync(file, bytes, cut);
    written += count;
    if (written === rotateAt) rotate();
  }
}

function nextRotation(): number {
  return maxLines === 0 ? Infinity : written + Math.ceil(maxLines / 2) + random(Math.floor(maxLines / 2));
}

function rotate(): void {
  closeSync(file);
  rotations += 1;
  if (keep === 0) {
    renameSync(logFile, `${logFile}-${20_000_000 + rotations}`);
  } else {
    rmSync(`${logFile}.${keep}`, { force: true });
    for (let number = Math.min(keep, rotations) - 1; number >= 1; number -= 1) {
      renameSync(`${logFile}.${number}`, `${logFile}.${number + 1}`);
    }
    renameSync(logFile, `${logFile}.1`);
  }
  file = openSync(logFile, 'a');
  rotateAt = nextRotation();
}
