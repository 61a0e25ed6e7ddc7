/** Changes of the running ambassador that no client may notice; `npm run soak -- ambassador-rollout` does it in full. */
import { randomInt } from 'node:crypto';
import { expect, test } from 'vitest';
import { CAMPAIGNS } from '../soak/campaigns.ts';

/** Two changes of a ConfigMap and two rollouts, on a machine that may be busy. */
const TIMEOUT_MS = 600_000;

test.each(CAMPAIGNS.filter(({ needsKit }) => needsKit === true))(
  '$name: $summary',
  async (campaign) => {
    const notes: string[] = [];
    const { signal } = new AbortController();
    const options = { count: campaign.testCount, seed: randomInt(2 ** 31), signal };
    const outcome = await campaign.run({ ...options, note: (line) => notes.push(line) });
    expect({ ...outcome, notes }).toMatchObject({ failures: 0 });
  },
  TIMEOUT_MS,
);
