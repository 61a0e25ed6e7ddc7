/** `kubectl rollout restart` of the ambassador of the running kit, again and again under load. */
import { AppError } from '../../../apps/runtime/src/errors.ts';
import { runningCluster } from '../../../scripts/cli/connection.ts';
import { loadKubeConfig } from '../../../scripts/deploy/kube-config.ts';
import { createHost } from '../../../scripts/host/host.ts';
import { entryPoints } from '../../../scripts/verify/entry-points.ts';
import { root } from '../../support/root.ts';
import type { Campaign, CampaignOptions, CampaignOutcome } from '../campaign.ts';
import { createFailureLog } from './failures.ts';
import { changeConfigMap, restartAmbassador, startKitLoad } from './kit-load.ts';

async function run({ count, signal, note }: CampaignOptions): Promise<CampaignOutcome> {
  const cluster = await runningCluster(createHost(process.env, signal), root);
  const kubeConfig = await loadKubeConfig(cluster.kubeconfigPath);
  const failures = createFailureLog();
  using load = await startKitLoad(entryPoints(cluster.ports).ambassador, failures);
  note(`${load.requestsPerSecond} requests/s are sent`);
  try {
    await changeConfigMap(kubeConfig, signal);
    note(`the ConfigMap was changed twice: ${load.sent} requests, ${failures.count} failures`);
    for (let restart = 1; restart <= count; restart += 1) {
      await restartAmbassador(kubeConfig, signal);
      note(`restart ${restart}: ${load.sent} requests, ${failures.count} failures`);
    }
  } catch (error) {
    signal.throwIfAborted();
    // The figures so far are worth more than the error alone, which may well come of what they show.
    if (!(error instanceof AppError)) failures.add('cluster', error);
    else throw error;
  } finally {
    await load.stop();
  }
  return {
    ...failures.summarize(),
    requests: load.sent,
    requestsPerSecond: load.requestsPerSecond,
    configMapChanges: 2,
  };
}

export const rolloutCampaign: Campaign = {
  name: 'ambassador-rollout',
  summary: 'changes the ConfigMap and restarts the rollout of the running kit under load: no request fails',
  unit: 'rollouts',
  count: 20,
  testCount: 2,
  needsKit: true,
  run,
};
