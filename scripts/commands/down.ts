/** `npm run down`: takes away what `up` has brought, and nothing of others. */
import { join } from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node';
import { AppError } from '../../apps/runtime/src/errors.ts';
import type { CommandBody, CommandContext, CommandResult } from '../cli/command.ts';
import { connect, CONTEXT_SETTING } from '../cli/connect.ts';
import { runningEngine } from '../cli/connection.ts';
import { takeTurn, WAIT_SETTING } from '../cli/take-turn.ts';
import { deleteCluster, findCluster, namedCluster } from '../cluster/cluster.ts';
import { loadOwnKubeConfig } from '../cluster/own-kube-config.ts';
import { removeKit } from '../deploy/delete.ts';
import { KIT_SCOPE } from '../deploy/kit.ts';
import { createKubeClient } from '../deploy/kube-client.ts';
import { formatRef } from '../deploy/object-ref.ts';
import type { Engine } from '../engine/engine.ts';
import { stopEngine } from '../engine/start-engine.ts';
import { removeAllImages } from '../images/load-images.ts';

const GONE_TIMEOUT_MS = 3 * 60_000;

async function down(context: CommandContext): Promise<CommandResult> {
  const { host, options, settings } = context;
  const isAll = options['all'] === true;
  if (settings['context'] !== undefined) {
    if (!isAll) return resultOf(await removeObjects(context, await connect(context)), false);
    throw new AppError(
      'USAGE',
      '--all is for the kit’s own cluster only',
      'Leave it out: the objects are removed then.',
    );
  }
  const engine = await runningEngine(host);
  const removed = engine === undefined ? nothing : await (isAll ? removeAll : removeFromOwn)(context, engine);
  const stopped = isAll && (await context.progress.step('engine', 'Container engine', () => stopEngine(host)));
  return resultOf(removed, stopped);
}

function resultOf(removed: Removal, engineStopped: boolean): CommandResult {
  const stopped = engineStopped ? ['The container engine that the kit had started is stopped.'] : [];
  const lines = [...removed.lines, ...stopped];
  return {
    data: { ...removed.data, engineStopped },
    text: `${lines.length === 0 ? 'There was nothing to remove.' : lines.join('\n')}\n`,
  };
}

interface Removal {
  readonly data: object;
  readonly lines: readonly string[];
}

const nothing: Removal = { data: {}, lines: [] };

async function removeFromOwn(context: CommandContext, engine: Engine): Promise<Removal> {
  const cluster = await findCluster(engine, join(context.root, 'kind-config.yaml'));
  return cluster === undefined ? nothing : removeObjects(context, await loadOwnKubeConfig(cluster));
}

/** The objects of the kit; the cluster stays, so that the next `up` is quick. */
async function removeObjects(context: CommandContext, kubeConfig: KubeConfig): Promise<Removal> {
  await using lease = await takeTurn(context, 'down', kubeConfig);
  await using client = await createKubeClient(kubeConfig, { signal: lease.signal });
  const result = await context.progress.step('objects', 'Objects', (note) =>
    removeKit(client, {
      scope: KIT_SCOPE,
      timeoutMs: GONE_TIMEOUT_MS,
      signal: lease.signal,
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
async function removeAll(context: CommandContext, engine: Engine): Promise<Removal> {
  const { root, progress } = context;
  const running = await findCluster(engine, join(root, 'kind-config.yaml'));
  if (running !== undefined) {
    // Not under the hands of another run; given back at once, because the lease goes with the cluster.
    const lease = await takeTurn(context, 'down', await loadOwnKubeConfig(running));
    await lease[Symbol.asyncDispose]();
  }
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
  settings: { ...CONTEXT_SETTING, ...WAIT_SETTING },
  switches: { all: 'remove the cluster and the images too, and stop the container engine if the kit started it' },
  examples: ['npm run down', 'npm run down -- --all', 'npm run down -- --context staging'],
  run: down,
};
