/** Which cluster a command works on: the kit's own, or an existing one that was named and shown. */
import type { KubeConfig } from '@kubernetes/client-node';
import { AppError } from '../../apps/runtime/src/errors.ts';
import { loadOwnKubeConfig } from '../cluster/own-kube-config.ts';
import { loadContext, type NamedContext } from '../deploy/kube-context.ts';
import { KIT_SCOPE } from '../deploy/kit.ts';
import { checkRegistry } from '../images/push-images.ts';
import type { CommandContext, Parameter } from './command.ts';
import { runningCluster } from './connection.ts';
import { escapeControls } from './escape-controls.ts';

/** The option of every command that works on a cluster. */
export const CONTEXT_SETTING: Readonly<Record<'context', Parameter>> = {
  context: {
    placeholder: 'NAME',
    summary: "a context of your kubeconfig, in place of the kit's own cluster",
    suggest: 'kubectl config get-contexts --output=name',
  },
};

/** The option of those that deal with images. */
export const REGISTRY_SETTING: Readonly<Record<'registry', Parameter>> = {
  registry: {
    placeholder: 'HOST/PATH',
    summary: 'where the nodes of that cluster pull images from; you can push there',
  },
};

/** How the cluster is reached: the context that was named, else the kit's own cluster, which has to work. */
export async function connect(context: CommandContext): Promise<KubeConfig> {
  const named = await namedContext(context);
  if (named !== undefined) return named.kubeConfig;
  return loadOwnKubeConfig(await runningCluster(context.host, context.root));
}

/** Reads the context that --context names, and shows where it leads; undefined without that option. */
async function namedContext({ host, settings, progress }: CommandContext): Promise<NamedContext | undefined> {
  const { context: name } = settings;
  if (name === undefined) return undefined;
  const context = await loadContext(host.env, name);
  progress.say(escapeControls(`Context ${name}: ${context.description}, namespace ${KIT_SCOPE.namespace}`));
  return context;
}

export interface RemoteCluster {
  readonly name: string;
  readonly context: NamedContext;
  readonly registry: string;
}

/** For commands that need both options, or neither: then it is undefined, and the cluster is the kit's own. */
export async function remoteCluster(context: CommandContext): Promise<RemoteCluster | undefined> {
  const { context: name, registry } = context.settings;
  if ((name === undefined) !== (registry === undefined)) {
    const [given, missing] = name === undefined ? ['--registry', '--context'] : ['--context', '--registry'];
    throw new AppError(
      'USAGE',
      `${given} is given without ${missing}`,
      'Name the cluster and the registry it pulls from.',
    );
  }
  if (name === undefined || registry === undefined) return undefined;
  checkRegistry(registry);
  const named = await namedContext(context);
  return named && { name, context: named, registry };
}
