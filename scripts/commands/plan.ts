/** `npm run plan`: what `up` would change on the cluster, and nothing of it done. */
import type { CommandBody, CommandContext, CommandResult } from '../cli/command.ts';
import { CONTEXT_SETTING, REGISTRY_SETTING, remoteCluster } from '../cli/connect.ts';
import { runningCluster } from '../cli/connection.ts';
import { ONLY_SETTING } from '../cli/only.ts';
import { imagesOf } from '../deploy/image-tags.ts';
import { KIT_SCOPE } from '../deploy/kit.ts';
import { createKubeClient } from '../deploy/kube-client.ts';
import { loadManifests } from '../deploy/load-manifests.ts';
import { selectPatterns } from '../deploy/patterns.ts';
import { planKit } from '../deploy/plan.ts';
import { renderPlan } from '../deploy/render-plan.ts';
import { completeManifests } from '../destination/complete-manifests.ts';
import { useNamedContext } from '../destination/named-context.ts';
import { useOwnCluster } from '../destination/own-cluster.ts';
import { plannedImages } from '../images/app-images.ts';

async function plan(context: CommandContext): Promise<CommandResult> {
  const { host, root, settings, progress, hasColour, columns } = context;
  const { names: patterns, folders, isPartial } = selectPatterns(root, settings['only']);
  const written = await loadManifests(folders);
  const remote = await remoteCluster(context);
  const destination =
    remote === undefined
      ? await useOwnCluster(await runningCluster(host, root))
      : await useNamedContext(host, progress, { ...remote, namespace: KIT_SCOPE.namespace });
  const { kubeConfig, engine } = destination;
  const names = isPartial ? imagesOf(written) : undefined;
  const planned = await progress.step('images', 'Images', (note) => plannedImages(engine, { root, note, names }));
  const images = Object.entries(planned).map(([name, reference]) => ({ name, reference }));
  await using client = await createKubeClient(kubeConfig, { signal: host.signal });
  const { signal } = host;
  const manifests = await completeManifests(written, { client, destination, images, patterns, signal });
  const objects = await progress.step('objects', 'Objects', () =>
    planKit({ client, manifests, scope: KIT_SCOPE, isPartial, signal }),
  );
  return { data: { objects }, text: `${renderPlan(objects, { color: hasColour, width: columns })}\n` };
}

export const command: CommandBody = {
  settings: { ...ONLY_SETTING, ...CONTEXT_SETTING, ...REGISTRY_SETTING },
  examples: [
    'npm run plan',
    'npm run plan -- --only ambassador',
    'npm run -s plan -- --json | jq ".objects[] | select(.action != \\"unchanged\\")"',
  ],
  run: plan,
};
