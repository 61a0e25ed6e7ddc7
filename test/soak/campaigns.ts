/** The campaigns there are. */
import { abortsCampaign } from './ambassador/aborts.ts';
import { bodiesCampaign } from './ambassador/bodies.ts';
import { drainCampaign } from './ambassador/drain.ts';
import { framingCampaign } from './ambassador/framing.ts';
import { reloadCampaign } from './ambassador/reload.ts';
import { rolloutCampaign } from './ambassador/rollout.ts';
import { slowlorisCampaign } from './ambassador/slowloris.ts';
import type { Campaign } from './campaign.ts';
import { gitSyncGrowth } from './git-sync/growth.ts';
import { gitSyncKill } from './git-sync/kill.ts';
import { gitSyncLargeFile, gitSyncManyFiles } from './git-sync/large.ts';
import { interruptCampaign } from './deploy/interrupt.ts';
import { logAdapterKill } from './log-adapter/kill.ts';
import { logAdapterMemory } from './log-adapter/memory.ts';
import { logAdapterRotate } from './log-adapter/rotate.ts';
import { logAdapterSecrets } from './log-adapter/secrets.ts';

export const CAMPAIGNS: readonly Campaign[] = [
  reloadCampaign,
  abortsCampaign,
  bodiesCampaign,
  slowlorisCampaign,
  drainCampaign,
  framingCampaign,
  rolloutCampaign,
  gitSyncKill,
  gitSyncGrowth,
  gitSyncLargeFile,
  gitSyncManyFiles,
  interruptCampaign,
  logAdapterKill,
  logAdapterRotate,
  logAdapterMemory,
  logAdapterSecrets,
];
