/** What went wrong in a campaign: how often of each kind, and the first few in full. */

const DESCRIBED = 5;

export interface FailureLog {
  readonly count: number;
  /** `kind` is one of a few; `detail` says what was expected and what came instead. */
  add(kind: string, detail: unknown): void;
  /** As a part of the outcome of a campaign. */
  summarize(): { failures: number; failureKinds: Record<string, number>; firstFailures: readonly string[] };
}

export function createFailureLog(): FailureLog {
  const kinds = new Map<string, number>();
  const first: string[] = [];
  let count = 0;
  return {
    get count() {
      return count;
    },
    add(kind, detail) {
      count += 1;
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
      if (first.length < DESCRIBED) first.push(`${kind}: ${String(detail)}`);
    },
    summarize: () => ({ failures: count, failureKinds: Object.fromEntries(kinds), firstFailures: first }),
  };
}
