/** Another cluster than the kit's own: one context of the user's kubeconfig, after it was named, and nothing else of it. */
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { AppError } from '../../apps/runtime/src/errors.ts';
import { kubeconfigUnreadable, PooledKubeConfig, reasonToRefuse } from './kube-config.ts';

export interface NamedContext {
  readonly kubeConfig: KubeConfig;
  /** Where it leads, for people: they see it before anything is sent there. */
  readonly description: string;
}

/**
 * Takes one context out of the user's kubeconfig: the files of KUBECONFIG, else ~/.kube/config. The file is not written,
 * and which context is current in it does not matter.
 *
 * A context may log in with a program (exec), as those of most clouds do; the description names it.
 * Throws CONTEXT_ABSENT, with the contexts there are, KUBECONFIG_UNREADABLE or KUBECONFIG_REFUSED.
 */
export async function loadContext(env: NodeJS.ProcessEnv, name: string): Promise<NamedContext> {
  const paths = (env['KUBECONFIG'] ?? '').split(delimiter).filter(Boolean);
  const files = paths.length > 0 ? paths : [join(env['HOME'] ?? homedir(), '.kube', 'config')];
  const loaded = files.map(readUserFile);
  // As kubectl merges files: the first that has an entry of a name wins.
  const contexts = loaded.flatMap((config) => config.contexts);
  const context = contexts.find((candidate) => candidate.name === name);
  if (context === undefined) {
    const known = contexts.map((candidate) => candidate.name).join(', ') || 'none';
    throw new AppError('CONTEXT_ABSENT', `there is no context "${name}" in ${files.join(', ')}`, `There is: ${known}.`);
  }
  const clusters = loaded.flatMap((config) => config.clusters).filter((cluster) => cluster.name === context.cluster);
  const users = loaded.flatMap((config) => config.users).filter((user) => user.name === context.user);
  const kubeConfig = new PooledKubeConfig();
  kubeConfig.loadFromOptions({
    clusters: clusters.slice(0, 1),
    users: users.slice(0, 1),
    contexts: [context],
    currentContext: name,
  });
  const refusal = reasonToRefuse(kubeConfig);
  if (refusal !== undefined) {
    const remedy = 'Name another context, or one that reaches the cluster directly and checks its certificate.';
    throw new AppError('KUBECONFIG_REFUSED', `the context ${name} ${refusal}`, remedy);
  }
  const program = (users[0]?.exec as { command?: string } | undefined)?.command;
  const login = program === undefined ? '' : `, who logs in with the program ${program}`;
  return { kubeConfig, description: `${clusters[0]?.server} as ${context.user}${login}` };
}

function readUserFile(path: string): KubeConfig {
  const kubeConfig = new KubeConfig();
  try {
    // Paths in it are relative to the file.
    kubeConfig.loadFromFile(path);
    return kubeConfig;
  } catch (error) {
    throw kubeconfigUnreadable(path, 'Correct the file, or set KUBECONFIG to the one that has the context.', error);
  }
}
