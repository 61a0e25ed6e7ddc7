/** `npm run plan`: what `up` would change on the cluster, and nothing of it done. */
import { join } from 'node:path';
import type { CommandBody, CommandContext, CommandResult } from '../cli/command.ts';
import { runningCluster } from '../cli/connection.ts';
import { replaceImages } from '../deploy/image-tags.ts';
import { KIT_SCOPE } from '../deploy/kit.ts';
import { createKubeClient } from '../deploy/kube-client.ts';
import { loadKubeConfig } from '../deploy/kube-config.ts';
import { loadManifests } from '../deploy/load-manifests.ts';
import { planKit } from '../deploy/plan.ts';
import { pushSecret } from '../deploy/push-secret.ts';
import { renderPlan } from '../deploy/render-plan.ts';
import { plannedImages } from '../images/app-images.ts';

async function plan({ host, root, progress, hasColour, columns }: CommandContext): Promise<CommandResult> {
  const manifests = await loadManifests(join(root, 'manifests'));
  const cluster = await runningCluster(host, root);
  const images = await progress.step('images', 'Images', (note) => plannedImages(cluster.engine, { root, note }));
  await using client = await createKubeClient(await loadKubeConfig(cluster.kubeconfigPath), { signal: host.signal });
  const objects = await progress.step('objects', 'Objects', async () => {
    const all = [...replaceImages(manifests, images), await pushSecret(client, KIT_SCOPE, host.signal)];
    return await planKit({ client, manifests: all, scope: KIT_SCOPE, signal: host.signal });
  });
  return { data: { objects }, text: `${renderPlan(objects, { color: hasColour, width: columns })}\n` };
}

export const command: CommandBody = {
  examples: ['npm run plan', 'npm run -s plan -- --json | jq ".objects[] | select(.action != \\"unchanged\\")"'],
  run: plan,
};
