/** Every campaign, with a count that fits a test run; `npm run soak -- NAME` runs it in full. */
import { randomInt } from 'node:crypto';
import { expect, test } from 'vitest';
import { CAMPAIGNS } from './campaigns.ts';

test.each(CAMPAIGNS.filter(({ needsKit }) => needsKit !== true))('$name: $summary', async (campaign) => {
  const seed = randomInt(2 ** 31);
  const notes: string[] = [];
  const { signal } = new AbortController();
  const outcome = await campaign.run({ count: campaign.testCount, seed, signal, note: (line) => notes.push(line) });
  // All of it, because the seed and the figures are what a failure is looked into with.
  const report = JSON.stringify({ seed, ...outcome, notes }, undefined, 2);
  expect(outcome.failures === 0 ? '' : report).toBe('');
});
