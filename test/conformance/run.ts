/** Plays the table in the lab. */
import type { Engine } from '../../scripts/engine/engine.ts';
import { LAB_APPS_FOLDER, runInLab } from '../lab/lab.ts';
import type { SubjectResult } from './results.ts';

export interface ConformanceRun {
  /** The checkout. */
  readonly root: string;
  /** One subject alone; all unless told. */
  readonly subject?: string | undefined;
  readonly note: (text: string) => void;
}

const TIMEOUT_MS = 10 * 60_000;

/** Resolves to what each proxy did in each case. */
export async function playInLab(
  engine: Engine,
  { root, subject = '', note }: ConformanceRun,
): Promise<SubjectResult[]> {
  const printed = await runInLab(engine, {
    root,
    script: 'test/conformance/lab-main.ts',
    args: [`${LAB_APPS_FOLDER}/ambassador/main.cjs`, subject],
    apps: ['ambassador'],
    timeoutMs: TIMEOUT_MS,
    note,
  });
  return JSON.parse(printed) as SubjectResult[];
}
