/** What a listener does with its requests at present; a reload puts another in its place, and requests keep theirs. */
import type { Limits, Timeouts } from './config.ts';
import type { Metrics } from './metrics.ts';
import type { Recorder } from './recorder.ts';
import type { Upstream } from './upstream.ts';

/** Changes a list of names and values by turns, and gives the list back. */
export type ApplyHeaderRules = (headers: string[]) => string[];

export interface Route {
  readonly listener: string;
  readonly upstream: Upstream;
  readonly timeouts: Timeouts;
  readonly metrics: Metrics;
  readonly recorder: Recorder;
  readonly limits: Limits;
  /** Whether what a client at this address says about where its request comes from is believed. */
  readonly isTrusted: (address: string) => boolean;
  readonly applyRequestRules?: ApplyHeaderRules | undefined;
  readonly applyResponseRules?: ApplyHeaderRules | undefined;
  /** Whether each request becomes a line of the log. */
  readonly hasAccessLog: boolean;
}
