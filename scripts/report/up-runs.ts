/** How long the last runs of `up` took, in one file of the cache folder, so that a report can show it. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { writeJsonFile } from '../host/files.ts';

const UpRun = z.object({
  startedAt: z.iso.datetime(),
  /** Whether it came to its end. */
  ok: z.boolean(),
  /** Seconds that each step took, in order; the last one is where a run ended that is not ok. */
  durations: z.record(z.string(), z.number()),
});

export type UpRun = Readonly<z.infer<typeof UpRun>>;

const KEPT = 10;

const fileIn = (cache: string): string => join(cache, 'up-runs.json');

/** Newest first. A file that is not there or cannot be used is as one without runs. */
export async function readRuns(cache: string): Promise<UpRun[]> {
  try {
    return z.array(UpRun).parse(JSON.parse(await readFile(fileIn(cache), 'utf8')));
  } catch {
    return [];
  }
}

/** Adds a run. Where it cannot be written it is lost: no run may fail for that. */
export async function keepRun(cache: string, run: UpRun): Promise<void> {
  const runs = [run, ...(await readRuns(cache))].slice(0, KEPT);
  await writeJsonFile(fileIn(cache), runs).catch(() => undefined);
}
