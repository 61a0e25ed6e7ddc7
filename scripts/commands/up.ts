/** `npm run up`: from a checkout to four Pods on a real cluster, seen at work. Run again, it changes what has changed. */
import { join } from 'node:path';
import { AppError } from '../../apps/runtime/src/errors.ts';
import type { CommandBody, CommandContext, CommandResult } from '../cli/command.ts';
import { renderSummary } from '../cli/summary.ts';
import { ensureCluster } from '../cluster/cluster.ts';
import { applyKit } from '../deploy/apply.ts';
import { replaceImages } from '../deploy/image-tags.ts';
import { KIT_SCOPE } from '../deploy/kit.ts';
import { createKubeClient } from '../deploy/kube-client.ts';
import { loadKubeConfig } from '../deploy/kube-config.ts';
import { loadManifests } from '../deploy/load-manifests.ts';
import { refOf, type ObjectRef } from '../deploy/object-ref.ts';
import { pushSecret } from '../deploy/push-secret.ts';
import { renderProblem } from '../deploy/render-status.ts';
import { waitUntilReady, type WaitOptions } from '../deploy/wait.ts';
import { ensureEngine } from '../engine/engine.ts';
import { buildAppImages } from '../images/app-images.ts';
import { loadImages, removeSupersededImages } from '../images/load-images.ts';
import { entryPoints } from '../verify/entry-points.ts';
import { createPodAccess } from '../verify/pods.ts';
import { verifyPatterns } from '../verify/verify.ts';

/** Long enough for a node on two cores; a reason that cannot pass by itself ends the wait after seconds. */
const READY_TIMEOUT_MS = 5 * 60_000;
const APPLY_TIMEOUT_MS = 2 * 60_000;

async function up({ host, root, options, progress }: CommandContext): Promise<CommandResult> {
  const { signal } = host;
  // First, because it takes no time and a fault in them would otherwise show after minutes.
  const manifests = await loadManifests(join(root, 'manifests'));

  const engine = await progress.step('engine', 'Container engine', (note) => ensureEngine(host, note));
  const cluster = await progress.step('cluster', 'Cluster', (note) =>
    ensureCluster(engine, join(root, 'kind-config.yaml'), note),
  );
  const built = await progress.step('images', 'Images', (note) => buildAppImages(cluster.engine, { root, note }));
  const { images } = built;
  const loaded = await progress.step('load', 'Images onto the node', (note) => loadImages(cluster, images, note));

  const kubeConfig = await loadKubeConfig(cluster.kubeconfigPath);
  await using client = await createKubeClient(kubeConfig, { signal });
  const references = Object.fromEntries(images.map(({ name, reference }) => [name, reference]));
  const objects = [...replaceImages(manifests, references), await pushSecret(client, KIT_SCOPE, signal)];
  const applied = await progress.step('apply', 'Objects', () =>
    applyKit({
      client,
      manifests: objects,
      scope: KIT_SCOPE,
      force: options['force-conflicts'] === true,
      timeoutMs: APPLY_TIMEOUT_MS,
      signal,
    }),
  );
  await progress.step('ready', 'Pods', (note) =>
    becomeReady({
      client,
      namespace: KIT_SCOPE.namespace,
      targets: objects.map(({ object }): ObjectRef => refOf(object)),
      timeoutMs: READY_TIMEOUT_MS,
      signal,
      onProgress: ({ readyCount, total, waitingFor }) =>
        note(`${readyCount} of ${total} ready${waitingFor && `, ${waitingFor}`}`),
    }),
  );
  const removed = await progress.step('tidy', 'Superseded images', () => removeSupersededImages(cluster, built));

  const urls = entryPoints(cluster.ports);
  const pods = createPodAccess(kubeConfig, KIT_SCOPE.namespace);
  const findings = await progress.step('verify', 'Real traffic', (note) => verifyPatterns({ urls, pods, host }, note));

  const result = {
    cluster: { name: cluster.name, kubeconfig: cluster.kubeconfigPath, created: cluster.isNew },
    images: images.map(({ name, reference, isNew }) => ({
      name,
      reference,
      built: isNew,
      loaded: loaded.includes(name),
    })),
    removedImages: removed,
    objects: applied.map(({ ref: { kind, name }, action }) => ({ kind, name, action })),
    findings,
    urls,
  };
  return { data: result, text: renderSummary(result) };
}

/** Waits; what failed, or was not ready in time, becomes an error with its reasons. */
async function becomeReady(options: WaitOptions): Promise<void> {
  const { outcome, problems } = await waitUntilReady(options);
  if (outcome === 'ready') return;
  const text = problems.map((problem) => renderProblem(problem, { color: false, width: 100 })).join('\n');
  throw new AppError(
    outcome === 'timeout' ? 'NOT_READY_IN_TIME' : 'WORKLOAD_FAILED',
    outcome === 'timeout'
      ? `not ready after ${options.timeoutMs / 1_000} s:\n${text}`
      : `it cannot become ready:\n${text}`,
    'Correct what is named above and run npm run up again; npm run status shows all of it at any time.',
  );
}

export const command: CommandBody = {
  switches: {
    'force-conflicts': 'take back fields that others have changed in the cluster (kubectl edit, kubectl apply)',
  },
  examples: ['npm run up', 'npm run up -- --json > result.json', 'npm run up -- --force-conflicts'],
  run: up,
};
