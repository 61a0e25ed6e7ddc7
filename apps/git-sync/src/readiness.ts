/** What /readyz answers: there has been a good sync, and it is not too long ago. */
import type { ReadinessChecks } from '@pod-patterns/runtime/ops-server.ts';

export interface Readiness {
  readonly recordSuccess: () => void;
  readonly checks: () => ReadinessChecks;
}

export interface ReadinessOptions {
  /** 0 means any age will do. */
  readonly maxAgeMs: number;
  /** A clock that is never set back, in milliseconds. */
  readonly clockMs: () => number;
}

export function createReadiness({ maxAgeMs, clockMs }: ReadinessOptions): Readiness {
  let lastSuccessMs: number | undefined;
  return {
    recordSuccess: () => {
      lastSuccessMs = clockMs();
    },
    checks: () => {
      if (lastSuccessMs === undefined) return { 'first-sync': 'no sync has succeeded yet' };
      const ageMs = clockMs() - lastSuccessMs;
      const isFresh = maxAgeMs === 0 || ageMs <= maxAgeMs;
      const age = `the last good sync was ${Math.round(ageMs / 1_000)}s ago, more than ${maxAgeMs / 1_000}s`;
      return { 'first-sync': 'ok', 'sync-age': isFresh ? 'ok' : age };
    },
  };
}
