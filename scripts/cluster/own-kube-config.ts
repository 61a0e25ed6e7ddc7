/**
 * How the kit's own cluster is reached. A name in a file proves nothing, and an address of this machine may be somebody's
 * port-forward to another cluster: the port has to be the one that the engine has published for the node.
 */
import type { KubeConfig } from '@kubernetes/client-node';
import { AppError } from '../../apps/runtime/src/errors.ts';
import { loadKubeConfig, OWN_REMEDY } from '../deploy/kube-config.ts';
import type { Cluster } from './cluster.ts';

/** Throws what loadKubeConfig throws, and KUBECONFIG_REFUSED for a file that leads to something else than this cluster. */
export async function loadOwnKubeConfig({ engine, name, node, kubeconfigPath }: Cluster): Promise<KubeConfig> {
  const kubeConfig = await loadKubeConfig(kubeconfigPath);
  const published = (await engine.host.run('docker', ['port', node, '6443/tcp'])).trim();
  const { port, origin } = new URL(kubeConfig.getCurrentCluster()?.server ?? '');
  if (published.split('\n').some((address) => address.endsWith(`:${port}`))) return kubeConfig;
  throw new AppError(
    'KUBECONFIG_REFUSED',
    `the kubeconfig ${kubeconfigPath} leads to ${origin}, and the cluster ${name} is at ${published}`,
    OWN_REMEDY,
  );
}
