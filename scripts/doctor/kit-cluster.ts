/** The kit's cluster, and what stands in the way of making it. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describeError } from '../../apps/runtime/src/errors.ts';
import { findFault, namedCluster, type Cluster } from '../cluster/cluster.ts';
import { loadOwnKubeConfig } from '../cluster/own-kube-config.ts';
import { takenPorts } from '../cluster/ports.ts';
import { KIND_MINIMUM } from '../cluster/kind-binary.ts';
import type { Engine } from '../engine/engine.ts';
import { isAtLeast } from '../host/go.ts';
import type { Host } from '../host/host.ts';
import type { Finding } from './finding.ts';

export async function checkKind(host: Host): Promise<Finding> {
  const { exitCode, stdout } = await host.attempt('kind', ['version', '--quiet'], { timeoutMs: 10_000 });
  const version = exitCode === 0 ? stdout.trim() : undefined;
  const state = version === undefined ? 'none on the PATH' : `${version} on the PATH`;
  const isUsed = version !== undefined && isAtLeast(version, KIND_MINIMUM);
  return {
    check: 'kind',
    state: 'ok',
    found: isUsed ? state : `${state}: npm run up builds one (${KIND_MINIMUM} or newer is needed)`,
    why: 'It makes the cluster.',
  };
}

/** `root`: the checkout. Without an engine nothing can be said about the cluster. */
export async function checkCluster(engine: Engine | undefined, root: string): Promise<Finding[]> {
  const check = 'Cluster';
  const why = 'It is reused as long as it is healthy; one that is not is made anew, one of others is never touched.';
  if (engine === undefined) {
    return [{ check, state: 'unknown', found: 'no container engine answers', why }];
  }
  const configPath = join(root, 'kind-config.yaml');
  const cluster = await namedCluster(engine, configPath);
  const fault = await findFault(cluster);
  if (fault === 'absent') {
    return [{ check, state: 'ok', found: 'none yet: npm run up makes one', why }, await checkPorts(cluster)];
  }
  if (fault !== undefined) {
    const found = `${cluster.name} is there, but ${fault}`;
    return [{ check, state: 'warning', found, why, fix: 'npm run up makes it anew.' }];
  }
  const healthy: Finding = { check, state: 'ok', found: `${cluster.name}, healthy`, why };
  return [healthy, await checkKubeconfig(cluster)];
}

async function checkPorts({ ports }: Cluster): Promise<Finding> {
  const check = 'Ports';
  const why = 'kind-config.yaml maps them to the Services that one looks at.';
  const taken = await takenPorts(ports);
  const all = ports.map(({ hostPort }) => hostPort).join(', ');
  if (taken.length === 0) return { check, state: 'ok', found: `free: ${all}`, why };
  const fix = 'Stop the program that listens there (ss -ltnp names it), or change hostPort in kind-config.yaml.';
  return { check, state: 'failure', found: `in use by another program: ${taken.join(', ')}`, why, fix };
}

async function checkKubeconfig(cluster: Cluster): Promise<Finding> {
  const { kubeconfigPath } = cluster;
  const check = 'Kubeconfig';
  const why = 'It holds the key to the cluster; ~/.kube/config is neither read nor written.';
  const file = await stat(kubeconfigPath).catch(() => undefined);
  if (file === undefined) {
    return { check, state: 'warning', found: `${kubeconfigPath} is missing`, why, fix: 'npm run up writes it anew.' };
  }
  const refusal = await loadOwnKubeConfig(cluster).then(() => undefined, describeError);
  if (refusal !== undefined) return { check, state: 'warning', found: refusal, why, fix: 'npm run up writes it anew.' };
  const isPrivate = (file.mode & 0o077) === 0;
  if (isPrivate) return { check, state: 'ok', found: kubeconfigPath, why };
  return {
    check,
    state: 'warning',
    found: `${kubeconfigPath} can be read by others`,
    why,
    fix: `chmod 600 ${kubeconfigPath}`,
  };
}
