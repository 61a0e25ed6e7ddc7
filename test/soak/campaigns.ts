/** The campaigns there are. */
import type { Campaign } from './campaign.ts';

export const CAMPAIGNS: readonly Campaign[] = [];
