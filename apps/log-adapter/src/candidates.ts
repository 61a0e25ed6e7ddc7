/** The files that may belong to the logs of an input: those of the paths, and those put aside under names after them. */
import { lstatSync, statSync, type BigIntStats } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { inodeKey } from './log-file.ts';
import type { LogName, LogPaths } from './log-paths.ts';

export interface Candidate {
  readonly path: string;
  readonly logPath: string;
  /** It is the log itself, the one that is written to. */
  readonly isCurrent: boolean;
  readonly stats: BigIntStats;
}

export interface CandidateLister {
  /**
   * Lists them by log, the newest first; rejects if a folder that is named in full cannot be read.
   *
   * Files move from the path to .1, from there to .2, while we look: what one look shows may never have been so at one
   * time. Therefore it looks again until two looks in a row show the same.
   */
  list(isKnown: (path: string) => boolean): Promise<Candidate[]>;
}

/** Up to so many digits it is a number, more are a date. */
const MAX_NUMBER_DIGITS = 5;

/** After so many looks without two that are alike, the last one has to do. */
const MAX_LOOKS = 30;

export function createCandidateLister(paths: LogPaths): CandidateLister {
  let lastNames = '';
  return {
    async list(isKnown) {
      for (let looks = 1; ; looks += 1) {
        const candidates = await lookOnce(paths, isKnown);
        const names = candidates.map(({ path, stats }) => `${path} ${inodeKey(stats)}`).join('\n');
        if (names === lastNames || looks === MAX_LOOKS) return candidates;
        lastNames = names;
      }
    },
  };
}

async function lookOnce(paths: LogPaths, isKnown: (path: string) => boolean): Promise<Candidate[]> {
  const candidates: Candidate[] = [];
  for (const folder of await paths.folders()) {
    let names: string[];
    try {
      names = await readdir(folder);
    } catch (error) {
      if (paths.fixedFolders.includes(folder)) throw error;
      continue;
    }
    candidates.push(...lookAt(folder, paths.classify(folder, names, isKnown)));
  }
  return candidates;
}

/** A file that is seen twice, because it was renamed in between, counts under its later name. */
function lookAt(folder: string, names: ReadonlyMap<string, LogName>): Candidate[] {
  const sorted = Array.from(names, ([name, { logPath, label }]) => ({ name, logPath, label }));
  sorted.sort((one, other) => compareLogs(one.logPath, other.logPath) || compareAge(one.label, other.label));
  const found = new Map<string, Candidate>();
  for (const { name, logPath, label } of sorted) {
    const path = join(folder, name);
    const stats = look(path, label === undefined);
    if (stats?.isFile() !== true) continue;
    const key = inodeKey(stats);
    found.delete(key);
    found.set(key, { path, logPath, isCurrent: label === undefined, stats });
  }
  return [...found.values()];
}

/** A call that waits costs a tenth of one that does not, and there may be thousands of files. */
function look(path: string, isLog: boolean): BigIntStats | undefined {
  try {
    // The log itself may be a symbolic link; a link among the others could lead anywhere.
    const options = { bigint: true, throwIfNoEntry: false } as const;
    return isLog ? statSync(path, options) : lstatSync(path, options);
  } catch {
    return undefined;
  }
}

function compareLogs(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

/** Negative if the first is newer: the log itself, then .1 before .2, then dates, later ones first. */
function compareAge(one: string | undefined, other: string | undefined): number {
  if (one === undefined || other === undefined) return Number(one !== undefined) - Number(other !== undefined);
  const [isOneNumber, isOtherNumber] = [isNumber(one), isNumber(other)];
  if (isOneNumber && isOtherNumber) return Number(one) - Number(other);
  if (isOneNumber !== isOtherNumber) return isOneNumber ? -1 : 1;
  return one < other ? 1 : -1;
}

function isNumber(label: string): boolean {
  return label.length <= MAX_NUMBER_DIGITS && /^\d+$/.test(label);
}
