/** The kit's own kind cluster: images are loaded onto its node, and its node ports are ports of this machine. */
import { join } from 'node:path';
import { ensureCluster, type Cluster } from '../cluster/cluster.ts';
import { loadOwnKubeConfig } from '../cluster/own-kube-config.ts';
import type { Progress } from '../cli/progress.ts';
import { ensureEngine } from '../engine/engine.ts';
import type { Host } from '../host/host.ts';
import { loadImages, removeSupersededImages } from '../images/load-images.ts';
import { entryPoints } from '../verify/entry-points.ts';
import type { Destination } from './destination.ts';

/** Sets up what is missing: the engine, and the cluster. `root`: the checkout. */
export async function ensureOwnCluster(host: Host, root: string, progress: Progress): Promise<Destination> {
  const engine = await progress.step('engine', 'Container engine', (note) => ensureEngine(host, note));
  const cluster = await progress.step('cluster', 'Cluster', (note) =>
    ensureCluster(engine, join(root, 'kind-config.yaml'), note),
  );
  return useOwnCluster(cluster);
}

/** The cluster as it is. */
export async function useOwnCluster(cluster: Cluster): Promise<Destination> {
  return {
    kubeConfig: await loadOwnKubeConfig(cluster),
    engine: cluster.engine,
    description: { name: cluster.name, kubeconfig: cluster.kubeconfigPath, created: cluster.isNew },
    referenceOf: ({ reference }) => reference,
    deliver: (images, note) => loadImages(cluster, images, note),
    adapt: (manifests) => manifests,
    tidy: (built) => removeSupersededImages(cluster, built),
    open: async () => ({ urls: entryPoints(cluster.ports), commands: [], [Symbol.asyncDispose]: async () => {} }),
  };
}
