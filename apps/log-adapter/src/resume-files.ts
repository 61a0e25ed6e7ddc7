/** Finds the files of a checkpoint again: by inode, or as the copy of an inode that was emptied. */
import type { Candidate } from './candidates.ts';
import type { LogFile } from './log-file.ts';
import type { SavedPosition } from './position.ts';

/** How often to try again if files move while they are looked for. */
const MAX_TRIES = 30;

/** Thrown to begin again, because a file has another name already. */
const MOVED = new Error('moved');

export interface ResumeOptions {
  readonly pending: readonly SavedPosition[];
  readonly list: () => Promise<readonly Candidate[]>;
  readonly open: (candidate: Candidate) => Promise<LogFile | undefined>;
  /** No more files may be open: those that were found are closed again. */
  readonly isFull: () => boolean;
  /** Called for each file that was found, when all of them are. */
  readonly take: (file: LogFile, candidate: Candidate) => void;
}

/** One that was not found, and whether its inode is there with another content. */
export interface LostFile {
  readonly saved: SavedPosition;
  readonly isThere: boolean;
}

/** Resolves to those that were not found. If something happens to the files meanwhile, it begins again. */
export async function resumeFiles(options: ResumeOptions): Promise<readonly LostFile[]> {
  for (let tries = 1; ; tries += 1) {
    const lost = await resumeOnce(options, await options.list(), tries);
    if (lost !== 'moved') return lost;
  }
}

async function resumeOnce(
  options: ResumeOptions,
  candidates: readonly Candidate[],
  tries: number,
): Promise<readonly LostFile[] | 'moved'> {
  const { pending, take } = options;
  const byInode = Map.groupBy(candidates, ({ stats }) => String(stats.ino));
  const found = new Map<Candidate, LogFile>();
  const lost: LostFile[] = [];
  try {
    for (const saved of pending) {
      const sameInode = byInode.get(saved.ino) ?? [];
      // Nothing was read of it: every file is like it.
      const mayHaveCopy = sameInode.length > 0 && saved.offset > 0;
      const logPath = sameInode[0]?.logPath;
      const isCopy = (one: Candidate): boolean => one.logPath === logPath && !one.isCurrent;
      const isFound =
        (await resumeOne(options, saved, sameInode, found, tries)) ||
        (mayHaveCopy && (await resumeOne(options, saved, candidates.filter(isCopy), found, tries)));
      // It was emptied, perhaps after its copy had been looked for.
      if (!isFound && sameInode.length > 0 && tries === 1) throw MOVED;
      if (!isFound) lost.push({ saved, isThere: sameInode.length > 0 });
    }
  } catch (error) {
    for (const file of found.values()) await file.close();
    if (error === MOVED) return 'moved';
    throw error;
  }
  for (const [candidate, file] of found) take(file, candidate);
  return lost;
}

async function resumeOne(
  { open, isFull }: ResumeOptions,
  saved: SavedPosition,
  possible: readonly Candidate[],
  found: Map<Candidate, LogFile>,
  tries: number,
): Promise<boolean> {
  for (const candidate of possible) {
    if (found.has(candidate)) continue;
    const { stats } = candidate;
    const isSameInode = String(stats.ino) === saved.ino;
    if (isSameInode && saved.birthtimeNs !== undefined && String(stats.birthtimeNs) !== saved.birthtimeNs) continue;
    // Opened even if there is no room: its content has to be seen.
    const file = await open({ ...candidate, isCurrent: false }).catch((error: unknown) => {
      if (candidate.isCurrent) throw error;
      return null;
    });
    if (file === undefined && tries < MAX_TRIES) throw MOVED;
    if (file && (await file.resume(saved))) {
      found.set(candidate, file);
      if (isFull()) await file.close();
      return true;
    }
    await file?.close();
  }
  return false;
}
