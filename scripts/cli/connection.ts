/** For the commands that look at a cluster or take things away: the cluster as it is, nothing made and nothing mended. */
import { join } from 'node:path';
import { AppError } from '../../apps/runtime/src/errors.ts';
import { findCluster, type Cluster } from '../cluster/cluster.ts';
import { findEngine, type Engine } from '../engine/engine.ts';
import type { Host } from '../host/host.ts';

/** The engine if one answers, undefined otherwise. */
export async function runningEngine(host: Host): Promise<Engine | undefined> {
  const found = await findEngine(host);
  return found.state === 'answers' ? found.engine : undefined;
}

/** The cluster that works now; throws CLUSTER_ABSENT if there is none. */
export async function runningCluster(host: Host, root: string): Promise<Cluster> {
  const engine = await runningEngine(host);
  const cluster = engine && (await findCluster(engine, join(root, 'kind-config.yaml')));
  if (cluster !== undefined) return cluster;
  const reason = engine === undefined ? 'no container engine answers' : 'there is no cluster that works';
  throw new AppError('CLUSTER_ABSENT', `${reason}, so there is nothing to look at`, 'Run npm run up first.');
}
