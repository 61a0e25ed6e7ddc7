/** An existing cluster, of any size: images go through a registry, and Services are reached through the API server. */
import type { Progress } from '../cli/progress.ts';
import type { NamedContext } from '../deploy/kube-context.ts';
import { withoutNodePorts } from '../deploy/node-ports.ts';
import { ensureEngine } from '../engine/engine.ts';
import type { Host } from '../host/host.ts';
import { inRegistry, pushImages } from '../images/push-images.ts';
import { forwardCommand, forwardServices } from '../verify/port-forwards.ts';
import type { Destination } from './destination.ts';

export interface NamedContextOptions {
  readonly context: NamedContext;
  /** Name of the context. */
  readonly name: string;
  /** Host and path before each image's name. */
  readonly registry: string;
  readonly namespace: string;
}

/** Sets up an engine, where there is none: the images are built on this machine. */
export async function useNamedContext(
  host: Host,
  progress: Progress,
  { context, name, registry, namespace }: NamedContextOptions,
): Promise<Destination> {
  const engine = await progress.step('engine', 'Container engine', (note) => ensureEngine(host, note));
  const { kubeConfig } = context;
  return {
    kubeConfig,
    engine,
    description: { name, server: kubeConfig.getCurrentCluster()?.server, registry, created: false },
    referenceOf: ({ reference }) => inRegistry(reference, registry),
    deliver: (images, note) => pushImages(engine, images, registry, note),
    // Fixed node ports may be others' there, and lead nowhere from this machine.
    adapt: withoutNodePorts,
    // Whose images are in the registry cannot be known.
    tidy: async () => [],
    async open(names) {
      const forwards = await forwardServices(kubeConfig, namespace, names);
      return {
        urls: forwards.urls,
        commands: names.map((entryPoint) => forwardCommand(name, namespace, entryPoint)),
        [Symbol.asyncDispose]: () => forwards[Symbol.asyncDispose](),
      };
    },
  };
}
