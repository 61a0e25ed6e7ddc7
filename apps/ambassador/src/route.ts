/** What a listener does with its requests at present; a reload puts another in its place, and requests keep theirs. */
import type { Timeouts } from './config.ts';
import type { Metrics } from './metrics.ts';
import type { Recorder } from './recorder.ts';
import type { Upstream } from './upstream.ts';

export interface Route {
  readonly listener: string;
  readonly upstream: Upstream;
  readonly timeouts: Timeouts;
  readonly metrics: Metrics;
  readonly recorder: Recorder;
}
