/** `npm run down`: takes away what `up` has brought, and nothing of others. */
import { join } from 'node:path';
import type { CommandBody, CommandContext, CommandResult } from '../cli/command.ts';
import { runningEngine } from '../cli/connection.ts';
import { deleteCluster, findCluster, namedCluster } from '../cluster/cluster.ts';
import { removeKit } from '../deploy/delete.ts';
import { KIT_SCOPE } from '../deploy/kit.ts';
import { createKubeClient } from '../deploy/kube-client.ts';
import { loadKubeConfig } from '../deploy/kube-config.ts';
import { formatRef } from '../deploy/object-ref.ts';
import type { Engine } from '../engine/engine.ts';
import { stopEngine } from '../engine/start-engine.ts';
import { removeAllImages } from '../images/load-images.ts';

const GONE_TIMEOUT_MS = 3 * 60_000;

async function down(context: CommandContext): Promise<CommandResult> {
  const { host, options } = context;
  const engine = await runningEngine(host);
  const removed =
    engine === undefined ? nothing : await (options['all'] === true ? removeAll : removeObjects)(context, engine);
  const stopped =
    options['all'] === true && (await context.progress.step('engine', 'Container engine', () => stopEngine(host)));
  const lines = [...removed.lines, ...(stopped ? ['The container engine that the kit had started is stopped.'] : [])];
  return {
    data: { ...removed.data, engineStopped: stopped },
    text: `${lines.length === 0 ? 'There was nothing to remove.' : lines.join('\n')}\n`,
  };
}

interface Removal {
  readonly data: object;
  readonly lines: readonly string[];
}

const nothing: Removal = { data: {}, lines: [] };

/** The objects of the kit; the cluster stays, so that the next `up` is quick. */
async function removeObjects({ host, root, progress }: CommandContext, engine: Engine): Promise<Removal> {
  const cluster = await findCluster(engine, join(root, 'kind-config.yaml'));
  if (cluster === undefined) return nothing;
  await using client = await createKubeClient(await loadKubeConfig(cluster.kubeconfigPath), { signal: host.signal });
  const result = await progress.step('objects', 'Objects', (note) =>
    removeKit(client, {
      scope: KIT_SCOPE,
      timeoutMs: GONE_TIMEOUT_MS,
      signal: host.signal,
      onDelete: (ref) => note(formatRef(ref)),
    }),
  );
  if (result.namespace === 'absent') return nothing;
  const kept = result.foreign.map((ref) => `  ${formatRef(ref)}`);
  return {
    data: result,
    lines: [
      `${result.deleted.length} objects are removed. The cluster stays; npm run down -- --all removes it too.`,
      ...(kept.length === 0
        ? []
        : [`The namespace ${KIT_SCOPE.namespace} stays, because of what is not the kit's:`, ...kept]),
    ],
  };
}

/** The cluster with everything on it, and the kit's images. */
async function removeAll({ root, progress }: CommandContext, engine: Engine): Promise<Removal> {
  const cluster = await namedCluster(engine, join(root, 'kind-config.yaml'));
  const wasThere = await progress.step('cluster', 'Cluster', () => deleteCluster(cluster));
  const images = await progress.step('images', 'Images', () => removeAllImages(engine));
  return {
    data: { cluster: wasThere ? cluster.name : undefined, removedImages: images },
    lines: [
      ...(wasThere ? [`The cluster ${cluster.name} is removed.`] : []),
      ...(images.length === 0 ? [] : [`${images.length} images of the apps are removed.`]),
    ],
  };
}

export const command: CommandBody = {
  switches: { all: 'remove the cluster and the images too, and stop the container engine if the kit started it' },
  examples: ['npm run down', 'npm run down -- --all'],
  run: down,
};
