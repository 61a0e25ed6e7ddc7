/** The kit's cluster: reused when it is healthy, made anew when it is not, and never anybody else's. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine } from '../engine/engine.ts';
import { requireDiskSpace } from '../engine/disk-space.ts';
import { ensureKind } from './kind-binary.ts';
import { readKindConfig, type KindConfig } from './kind-config.ts';
import { ensureNodeImage, isCurrentNodeImage } from './node-image.ts';
import { requireFreePorts } from './ports.ts';

export interface Cluster {
  /** With kind, and the engine's client, on its PATH. */
  readonly engine: Engine;
  readonly name: string;
  /** Name of the container that is the cluster's only node. */
  readonly node: string;
  /** A kubeconfig with this cluster and nothing else. */
  readonly kubeconfigPath: string;
  readonly ports: KindConfig['ports'];
  /** Whether this run made it. */
  readonly isNew: boolean;
}

/** Minutes, because on two cores the control plane's first start is slow while images are imported. */
const READY_TIMEOUT = '5m';

/** Finds the cluster, or makes it; afterwards its kubeconfig is written. */
export async function ensureCluster(
  engine: Engine,
  configPath: string,
  note: (text: string) => void,
): Promise<Cluster> {
  const config = await readKindConfig(configPath);
  const host = await ensureKind(engine.host, note);
  const cluster = describeCluster({ ...engine, host }, config);
  const fault = await findFault(cluster);
  if (fault === undefined) {
    await writeKubeconfig(cluster);
    return cluster;
  }

  if (fault !== 'absent') {
    note(`the cluster is there but ${fault}: making it anew`);
    await deleteCluster(cluster);
  }
  await requireFreePorts(config.ports);
  await requireDiskSpace(host.cache);
  const image = await ensureNodeImage(cluster.engine, note);
  note('starting the node');
  const { kubeconfigPath, name } = cluster;
  await host.run('kind', [
    ...['create', 'cluster', '--name', name, '--config', configPath, '--image', image],
    ...['--kubeconfig', kubeconfigPath, '--wait', READY_TIMEOUT],
  ]);
  return { ...cluster, isNew: true };
}

/** The cluster if it exists and works, without changing anything; undefined otherwise. */
export async function findCluster(engine: Engine, configPath: string): Promise<Cluster | undefined> {
  const cluster = await namedCluster(engine, configPath);
  return (await findFault(cluster)) === undefined ? cluster : undefined;
}

/** Removes the cluster, its node and its kubeconfig. Returns whether there was one. */
export async function deleteCluster({ engine, name, kubeconfigPath }: Cluster): Promise<boolean> {
  const { host } = engine;
  // By label, as kind does it, and not with kind: where a cluster is removed, kind need not be built first.
  const label = `label=io.x-k8s.kind.cluster=${name}`;
  const nodes = (await host.run('docker', ['ps', '--all', '--quiet', '--filter', label])).split('\n').filter(Boolean);
  if (nodes.length > 0) await host.run('docker', ['rm', '--force', '--volumes', ...nodes]);
  await rm(kubeconfigPath, { force: true });
  return nodes.length > 0;
}

/** The cluster as it would be, whether it exists or not. */
export async function namedCluster(engine: Engine, configPath: string): Promise<Cluster> {
  return describeCluster(engine, await readKindConfig(configPath));
}

function describeCluster(engine: Engine, { clusterName, ports }: KindConfig): Cluster {
  return {
    engine,
    name: clusterName,
    node: `${clusterName}-control-plane`,
    // The kit's own file: ~/.kube/config is never touched.
    kubeconfigPath: join(engine.host.cache, 'kubeconfig'),
    ports,
    isNew: false,
  };
}

/** Why the cluster cannot be used: `absent`, or the end of a sentence that begins «it is there but …». */
export async function findFault(cluster: Cluster): Promise<string | undefined> {
  const { host } = cluster.engine;
  const inspected = await host.attempt('docker', ['inspect', '--format', '{{json .}}', cluster.node]);
  if (inspected.exitCode !== 0) return 'absent';
  const container = JSON.parse(inspected.stdout) as {
    Config: { Image: string };
    State: { Status: string };
    HostConfig: { PortBindings: Record<string, { HostIp: string; HostPort: string }[]> | null };
  };
  if (!(await isCurrentNodeImage(cluster.engine, container.Config.Image))) {
    return 'its node is made from another image than this version of the kit uses';
  }
  if (container.State.Status !== 'running') return `its node is ${container.State.Status}`;
  const isMapped = cluster.ports.every(({ containerPort, hostPort, listenAddress }) =>
    container.HostConfig.PortBindings?.[`${containerPort}/tcp`]?.some(
      (binding) => binding.HostPort === String(hostPort) && binding.HostIp === listenAddress,
    ),
  );
  if (!isMapped) return 'its ports are not those of kind-config.yaml';
  return (await answersInTime(cluster)) ? undefined : 'its API server does not answer, or its node is not ready';
}

/** After a restart of the engine or of the machine the node comes back by itself, which is worth waiting for. */
const RECOVERY_MS = 60_000;

async function answersInTime({ engine, node }: Cluster): Promise<boolean> {
  const wait = ['wait', '--for=condition=Ready', 'node', '--all', '--timeout=20s'];
  const kubectl = [
    'exec',
    node,
    'kubectl',
    '--kubeconfig=/etc/kubernetes/admin.conf',
    '--request-timeout=20s',
    ...wait,
  ];
  const deadline = Date.now() + RECOVERY_MS;
  do {
    const { exitCode } = await engine.host.attempt('docker', kubectl, { timeoutMs: 30_000 });
    if (exitCode === 0) return true;
    await sleep(1_000, undefined, { signal: engine.host.signal });
  } while (Date.now() < deadline);
  return false;
}

async function writeKubeconfig({ engine, name, kubeconfigPath }: Cluster): Promise<void> {
  await engine.host.run('kind', ['export', 'kubeconfig', '--name', name, '--kubeconfig', kubeconfigPath]);
}
