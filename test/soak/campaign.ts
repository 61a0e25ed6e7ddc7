/** What a campaign is: the same thing done very often, with a count of what went wrong. */

/** How a campaign is run: in full by `npm run soak`, with a smaller count by the tests. */
export interface CampaignOptions {
  /** How often; what is counted is the campaign's own. */
  readonly count: number;
  /** Where its random numbers begin: the same seed makes the same run, as far as the machine allows. */
  readonly seed: number;
  readonly signal: AbortSignal;
  /** A line about how far it is. */
  readonly note: (text: string) => void;
}

/** What a campaign found. Further keys are its own figures, with units in their names. */
export interface CampaignOutcome {
  /** How much of what must not happen did; 0 is success. */
  readonly failures: number;
  readonly [figure: string]: unknown;
}

export interface Campaign {
  /** As it is typed after `npm run soak --`. */
  readonly name: string;
  /** What it does, and what must not happen. */
  readonly summary: string;
  /** What `count` counts, in the plural. */
  readonly unit: string;
  readonly count: number;
  /** The count in `npm test`. */
  readonly testCount: number;
  /** It works on the running kit, so its test is one of the cluster. */
  readonly needsKit?: boolean;
  run(options: CampaignOptions): Promise<CampaignOutcome>;
}
