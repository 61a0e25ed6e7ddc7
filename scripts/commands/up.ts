/** `npm run up`: from a checkout to Pods on a real cluster, seen at work. Run again, it changes what has changed. */
import type { CommandBody, CommandContext, CommandResult } from '../cli/command.ts';
import { CONTEXT_SETTING, REGISTRY_SETTING, remoteCluster } from '../cli/connect.ts';
import { ONLY_SETTING } from '../cli/only.ts';
import { renderSummary } from '../cli/summary.ts';
import { takeTurn, WAIT_SETTING } from '../cli/take-turn.ts';
import { applyKit, applyNamespace } from '../deploy/apply.ts';
import { becomeReady } from '../deploy/become-ready.ts';
import { imagesOf } from '../deploy/image-tags.ts';
import { KIT_SCOPE } from '../deploy/kit.ts';
import { createKubeClient } from '../deploy/kube-client.ts';
import { loadManifests } from '../deploy/load-manifests.ts';
import { refOf, type ObjectRef } from '../deploy/object-ref.ts';
import { selectPatterns } from '../deploy/patterns.ts';
import { completeManifests } from '../destination/complete-manifests.ts';
import type { Destination } from '../destination/destination.ts';
import { useNamedContext } from '../destination/named-context.ts';
import { ensureOwnCluster } from '../destination/own-cluster.ts';
import { buildAppImages } from '../images/app-images.ts';
import { keepRun } from '../report/up-runs.ts';
import { entryPointsOf } from '../verify/entry-points.ts';
import { createPodAccess } from '../verify/pods.ts';
import { verifyPatterns } from '../verify/verify.ts';

/** Long enough for a node on two cores; a reason that cannot pass by itself ends the wait after seconds. */
const READY_TIMEOUT_MS = 5 * 60_000;
const APPLY_TIMEOUT_MS = 2 * 60_000;

async function up(context: CommandContext): Promise<CommandResult> {
  const { host, root, options, settings, progress } = context;
  // First, because it takes no time and a fault in them would otherwise show after minutes.
  const selection = selectPatterns(root, settings['only']);
  const { isPartial, names: patterns } = selection;
  const written = await loadManifests(selection.folders);

  const destination = await chooseDestination(context);
  const { kubeConfig, engine } = destination;
  const whatToApply = { manifests: written, scope: KIT_SCOPE, timeoutMs: APPLY_TIMEOUT_MS };
  // Before the images, because another run would remove those that no Pod uses yet.
  await using lease = await takeTurn(context, 'up', kubeConfig, (client) =>
    applyNamespace({ client, ...whatToApply, signal: host.signal }),
  );
  const { signal } = lease;

  const names = isPartial ? imagesOf(written) : undefined;
  const built = await progress.step('images', 'Images', (note) => buildAppImages(engine, { root, note, names }));
  const { images } = built;
  const delivered = await progress.step('load', 'Images to the nodes', (note) => destination.deliver(images, note));

  await using client = await createKubeClient(kubeConfig, { signal });
  const manifests = await completeManifests(written, { client, destination, images, patterns, signal });
  const force = options['force-conflicts'] === true;
  const applied = await progress.step('apply', 'Objects', () =>
    applyKit({ ...whatToApply, client, manifests, isPartial, force, signal }),
  );
  await progress.step('ready', 'Pods', (note) =>
    becomeReady({
      client,
      namespace: KIT_SCOPE.namespace,
      targets: manifests.map(({ object }): ObjectRef => refOf(object)),
      timeoutMs: READY_TIMEOUT_MS,
      signal,
      onProgress: ({ readyCount, total, waitingFor }) =>
        note(`${readyCount} of ${total} ready${waitingFor && `, ${waitingFor}`}`),
    }),
  );
  const removed = await progress.step('tidy', 'Superseded images', () => destination.tidy(built));

  await using entryPoints = await destination.open(entryPointsOf(patterns));
  const { urls, commands } = entryPoints;
  const pods = createPodAccess(kubeConfig, KIT_SCOPE.namespace);
  const findings = await progress.step('verify', 'Real traffic', (note) =>
    verifyPatterns({ urls, patterns, pods, host }, note),
  );

  const result = {
    cluster: destination.description,
    images: images.map((image) => ({
      name: image.name,
      reference: destination.referenceOf(image),
      built: image.isNew,
      loaded: delivered.includes(image.name),
    })),
    removedImages: removed,
    objects: applied.map(({ ref: { kind, name }, action }) => ({ kind, name, action })),
    findings,
    // Those of an existing cluster end with this run.
    urls: commands.length === 0 ? urls : {},
    commands,
  };
  return { data: result, text: renderSummary(result, patterns) };
}

/** However it ends, a report can show how long each step took. */
async function timedUp(context: CommandContext): Promise<CommandResult> {
  const startedAt = new Date().toISOString();
  const { host, progress } = context;
  let ok = false;
  try {
    const result = await up(context);
    ok = true;
    return result;
  } finally {
    const { durations } = progress;
    if (Object.keys(durations).length > 0) await keepRun(host.cache, { startedAt, ok, durations });
  }
}

async function chooseDestination(context: CommandContext): Promise<Destination> {
  const { host, root, progress } = context;
  const remote = await remoteCluster(context);
  if (remote === undefined) return ensureOwnCluster(host, root, progress);
  return useNamedContext(host, progress, { ...remote, namespace: KIT_SCOPE.namespace });
}

export const command: CommandBody = {
  settings: { ...ONLY_SETTING, ...CONTEXT_SETTING, ...REGISTRY_SETTING, ...WAIT_SETTING },
  switches: {
    'force-conflicts': 'take back fields that others have changed in the cluster (kubectl edit, kubectl apply)',
  },
  examples: [
    'npm run up',
    'npm run up -- --only ambassador,haproxy',
    'npm run up -- --context staging --registry registry.example.org/team/pod-patterns',
    'npm run -s up -- --json > result.json',
    'npm run up -- --force-conflicts',
  ],
  run: timedUp,
};
