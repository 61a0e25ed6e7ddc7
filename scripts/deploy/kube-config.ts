/**
 * The kit's own kubeconfig: read from the one file it is told, never from KUBECONFIG or ~/.kube/config, so that no
 * command of the kit can reach a cluster that it was not made for.
 */
import { readFile } from 'node:fs/promises';
import type { AgentOptions } from 'node:https';
import { KubeConfig, type RequestContext } from '@kubernetes/client-node';
import { Agent } from 'undici';
import { AppError, describeError } from '../../apps/runtime/src/errors.ts';

/** For a file that is not as `up` writes it. */
export const OWN_REMEDY = 'Run `npm run up`: it writes this file for the cluster it creates.';

/**
 * A kubeconfig whose requests share one pool of kept-alive connections; the library's own makes a new dispatcher, and
 * so a new TLS connection, for each of them.
 *
 * HTTP/1.1, because undici's HTTP/2 client, when a connection lies idle after a watch was aborted, ends the aborted
 * stream with an error that nobody can catch (`socket idle timeout`, undici 8.12).
 */
export class PooledKubeConfig extends KubeConfig {
  #dispatcher: Agent | undefined;

  override async applySecurityAuthentication(context: RequestContext): Promise<void> {
    await super.applySecurityAuthentication(context);
    this.#dispatcher ??= await this.#createDispatcher();
    context.setDispatcher(this.#dispatcher);
  }

  async #createDispatcher(): Promise<Agent> {
    const tls: AgentOptions = {};
    await this.applyToHTTPSOptions(tls);
    const { ca, cert, key, servername } = tls;
    return new Agent({
      allowH2: false,
      connect: {
        ...(ca !== undefined && { ca }),
        ...(cert !== undefined && { cert }),
        ...(key !== undefined && { key }),
        ...(servername !== undefined && { servername }),
      },
    });
  }
}

/**
 * Reads the kit's own kubeconfig and checks that it can only lead to a cluster on this machine.
 *
 * Throws an AppError `KUBECONFIG_UNREADABLE`, or `KUBECONFIG_REFUSED` for a server that is not https on a loopback
 * address, a proxy, unchecked certificates, or a plugin (exec or auth-provider), which would run a program of the
 * file's choosing.
 */
export async function loadKubeConfig(path: string): Promise<KubeConfig> {
  const kubeConfig = new PooledKubeConfig();
  try {
    kubeConfig.loadFromString(await readFile(path, 'utf8'));
  } catch (error) {
    throw kubeconfigUnreadable(path, OWN_REMEDY, error);
  }
  const refusal = reasonToRefuse(kubeConfig) ?? reasonNotOurs(kubeConfig);
  if (refusal !== undefined) throw new AppError('KUBECONFIG_REFUSED', `the kubeconfig ${path} ${refusal}`, OWN_REMEDY);
  return kubeConfig;
}

export function kubeconfigUnreadable(path: string, remedy: string, cause: unknown): AppError {
  const message = `cannot read the kubeconfig ${path}: ${describeError(cause)}`;
  return new AppError('KUBECONFIG_UNREADABLE', message, remedy, { cause });
}

/** Why the current context must not be used, as the rest of a sentence; undefined if it may. */
export function reasonToRefuse(kubeConfig: KubeConfig): string | undefined {
  const cluster = kubeConfig.getCurrentCluster();
  const user = kubeConfig.getCurrentUser();
  if (cluster === null || user === null) {
    return `has no cluster and user for its current context ${JSON.stringify(kubeConfig.currentContext ?? null)}`;
  }
  if (user.authProvider) return `makes the user ${user.name} log in with an auth-provider plugin`;
  if (cluster.proxyUrl) return `sends requests through the proxy ${cluster.proxyUrl}`;
  if (cluster.skipTLSVerify) return `does not check the certificate of ${cluster.server}`;
  if (!URL.canParse(cluster.server) || new URL(cluster.server).protocol !== 'https:') {
    return `names the server ${cluster.server}, which is not https`;
  }
  return undefined;
}

/** What the kit's own kubeconfig never has, beside that. */
function reasonNotOurs(kubeConfig: KubeConfig): string | undefined {
  const user = kubeConfig.getCurrentUser();
  if (user?.exec) return `makes the user ${user.name} run a program (exec) to log in`;
  const { hostname } = new URL(kubeConfig.getCurrentCluster()?.server ?? '');
  const isHere = hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
  return isHere
    ? undefined
    : `names the server ${kubeConfig.getCurrentCluster()?.server}, which is not on this machine`;
}
