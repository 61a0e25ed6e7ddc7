/** The files that may belong to a log: the one of the path, and those that were put aside under names after it. */
import type { BigIntStats } from 'node:fs';
import { lstat, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

export interface Candidate {
  readonly path: string;
  /** It is the file of the path itself, the one that is written to. */
  readonly isCurrent: boolean;
  readonly stats: BigIntStats;
}

/** `.1`, `.2`, and dates such as `-20261123` or `.2026-11-23`; compressed files and backups are no part of the log. */
const PUT_ASIDE = /^[.-](?<label>\d[\d._T-]*)$/;

/** Up to so many digits it is a number, more are a date. */
const MAX_NUMBER_DIGITS = 5;

/** After so many looks without two that are alike, the last one has to do. */
const MAX_LOOKS = 30;

/**
 * Lists them, the newest first; rejects if the folder cannot be read.
 *
 * Files move from the path to .1, from there to .2, while we look: what one look shows may never have been so at one
 * time. Therefore it looks again until two looks in a row show the same.
 */
export async function listCandidates(path: string): Promise<Candidate[]> {
  let candidates = await lookOnce(path);
  for (let looks = 1; looks < MAX_LOOKS; looks += 1) {
    const before = candidates;
    candidates = await lookOnce(path);
    if (isSame(before, candidates)) break;
  }
  return candidates;
}

function isSame(before: readonly Candidate[], now: readonly Candidate[]): boolean {
  const names = (candidates: readonly Candidate[]): string =>
    candidates.map(({ path, stats }) => `${path} ${stats.dev} ${stats.ino}`).join('\n');
  return names(before) === names(now);
}

/** A file that is seen twice, because it was renamed in between, counts under its later name. */
async function lookOnce(path: string): Promise<Candidate[]> {
  const folder = dirname(path);
  const name = basename(path);
  const labels = (await readdir(folder)).flatMap((entry) => {
    const label = entry.startsWith(name) ? PUT_ASIDE.exec(entry.slice(name.length))?.groups?.['label'] : undefined;
    return label === undefined ? [] : [{ entry, label }];
  });
  labels.sort((one, other) => compareAge(one.label, other.label));

  const found = new Map<string, Candidate>();
  for (const entry of [name, ...labels.map((label) => label.entry)]) {
    const isCurrent = entry === name;
    // The path itself may be a symbolic link; a link among the others could lead anywhere.
    const look = isCurrent ? stat : lstat;
    const stats = (await look(join(folder, entry), { bigint: true }).catch(() => undefined)) as BigIntStats | undefined;
    if (stats?.isFile() !== true) continue;
    const key = `${stats.dev}:${stats.ino}`;
    found.delete(key);
    found.set(key, { path: join(folder, entry), isCurrent, stats });
  }
  return [...found.values()];
}

/** Negative if the first is newer: .1 is newer than .2, and a later date than an earlier one; numbers before dates. */
function compareAge(one: string, other: string): number {
  const [isOneNumber, isOtherNumber] = [isNumber(one), isNumber(other)];
  if (isOneNumber && isOtherNumber) return Number(one) - Number(other);
  if (isOneNumber !== isOtherNumber) return isOneNumber ? -1 : 1;
  return one < other ? 1 : -1;
}

function isNumber(label: string): boolean {
  return label.length <= MAX_NUMBER_DIGITS && /^\d+$/.test(label);
}
