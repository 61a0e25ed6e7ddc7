/** The framing attacks of the conformance tests, with as many random requests as wanted. */
import { runFramingAttacks } from '../../conformance/framing/campaign.ts';
import type { Campaign } from '../campaign.ts';

export const framingCampaign: Campaign = {
  name: 'ambassador-framing',
  summary: 'odd and random requests: the upstream sees what was sent, or it was refused and the connection closed',
  unit: 'random requests, after all written ones',
  count: 20_000,
  testCount: 400,
  run: runFramingAttacks,
};
