/** What a run of the table yields, and how it is counted and compared. */
import type { ConformanceCase, Verdict } from './case.ts';

export type CaseResult = Pick<ConformanceCase, 'id' | 'variant' | 'level' | 'rule' | 'expected'> & Verdict;

export interface SubjectResult {
  readonly name: string;
  readonly version: string;
  readonly results: readonly CaseResult[];
}

const RANK = { pass: 0, differs: 1, fail: 2 } as const;

/** How many cases of a level ended in a way. */
export function countResults(
  { results }: SubjectResult,
  level: CaseResult['level'],
  outcome: Verdict['outcome'],
): number {
  return results.filter((result) => result.level === level && result.outcome === outcome).length;
}

/** MUST-level cases that are failed. */
export function failedMusts({ results }: SubjectResult): CaseResult[] {
  return results.filter(({ level, outcome }) => level === 'MUST' && outcome === 'fail');
}

/** Cases in which the first does worse than the second. */
export function worseThan(one: SubjectResult, other: SubjectResult): CaseResult[] {
  const others = new Map(other.results.map((result) => [keyOf(result), result.outcome]));
  return one.results.filter((result) => RANK[result.outcome] > RANK[others.get(keyOf(result)) ?? 'fail']);
}

/** What names a case. */
export const keyOf = ({ id, variant }: Pick<CaseResult, 'id' | 'variant'>) => `${id} ${variant}`;
