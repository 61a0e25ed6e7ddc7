/** What doctor says about one thing. */

export interface Finding {
  /** What was looked at. */
  readonly check: string;
  /** `warning`: it works, but something may go wrong; `failure`: `up` cannot work; `unknown`: could not be looked at. */
  readonly state: 'ok' | 'warning' | 'failure' | 'unknown';
  /** What was found. */
  readonly found: string;
  /** What it matters for. */
  readonly why: string;
  /** What to do; only where there is something to do. */
  readonly fix?: string;
}
