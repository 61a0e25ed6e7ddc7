/** The end of `up`: each pattern is seen at work by real traffic from outside. */
import type { Host } from '../host/host.ts';
import { verifyAdapter } from './adapter.ts';
import { verifyAmbassador, verifyTwin } from './ambassador.ts';
import { verifyCombined } from './combined.ts';
import type { EntryPoints } from './entry-points.ts';
import type { PodAccess } from './pods.ts';
import { verifySidecar } from './sidecar.ts';

/** What a check works with. */
export interface VerifyContext {
  readonly urls: EntryPoints;
  /** Names of the patterns that are there. */
  readonly patterns: ReadonlySet<string>;
  readonly pods: PodAccess;
  readonly host: Host;
}

export interface Finding {
  readonly pattern: string;
  /** What was seen, in words. */
  readonly seen: string;
}

const CHECKS: readonly (readonly [pattern: string, check: (context: VerifyContext) => Promise<string>])[] = [
  ['ambassador', verifyAmbassador],
  ['sidecar', verifySidecar],
  ['adapter', verifyAdapter],
  ['combined', verifyCombined],
  ['haproxy', verifyTwin],
];

/**
 * Runs the checks of the patterns that are there, side by side, and returns what was seen. If one fails, the others still
 * come to their end, because they take back what they did; the first that failed throws VERIFY_FAILED.
 */
export async function verifyPatterns(context: VerifyContext, note: (text: string) => void): Promise<Finding[]> {
  const checks = CHECKS.filter(([name]) => context.patterns.has(name)).map(async ([pattern, check]) => {
    const seen = await check(context);
    note(pattern);
    return { pattern, seen };
  });
  await Promise.allSettled(checks);
  return await Promise.all(checks);
}
