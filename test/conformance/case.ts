/** What a case of the conformance table is, and how its outcome is told. */
import type { Subject } from './subjects/subject.ts';
import type { TestUpstream, UpstreamKind } from './upstream.ts';

/**
 * `pass`: as the RFC says and as we want it. `differs`: the RFC allows it, or has no word about it, but we would not do
 * it. `fail`: what the RFC forbids, or what does harm.
 */
export interface Verdict {
  readonly outcome: 'pass' | 'differs' | 'fail';
  /** What the client and the upstream saw. */
  readonly happened: string;
}

/** How the proxy is configured: as it ships, trusting a proxy at the client's address, or with timeouts of a second. */
export type Setup = 'plain' | 'trusting' | 'impatient';

export interface World {
  readonly subject: Subject;
  readonly upstream: TestUpstream;
}

export interface ConformanceCase {
  readonly id: string;
  readonly variant: string;
  /** MUST where an RFC demands or forbids it in this word; SHOULD for advice and for what only experience demands. */
  readonly level: 'MUST' | 'SHOULD';
  /** The section that says so. */
  readonly rule: string;
  readonly expected: string;
  readonly setup?: Setup;
  /** The upstreams that it is played at; the strict one and a lenient one unless told. */
  readonly upstreams?: readonly UpstreamKind[];
  play(world: World): Promise<Verdict>;
}

export const pass = (happened: string): Verdict => ({ outcome: 'pass', happened });
export const differs = (happened: string): Verdict => ({ outcome: 'differs', happened });
export const fail = (happened: string): Verdict => ({ outcome: 'fail', happened });
