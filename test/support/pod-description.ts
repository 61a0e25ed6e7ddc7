/** From a container of a manifest to one of the engine. */
import type { Pod } from '../manifests/read-manifests.ts';
import { quantity, type Container } from '../manifests/schema.ts';
import { RestrictedContainer } from './containers.ts';
import type { Volumes } from './pod-volumes.ts';

export interface PodContext {
  readonly pod: Pod;
  readonly labels: Readonly<Record<string, string>>;
  readonly volumes: Volumes;
  readonly edit: (text: string) => string;
}

/** Name of the image in apps/, out of `pod-patterns/NAME:dev`. */
export function appOf({ image }: Container): string {
  return /^pod-patterns\/([^:]+):dev$/.exec(image)?.[1] ?? image;
}

/** The container by itself: image, arguments, environment, mounts, memory and group. The user is the image's own. */
export function describeContainer(spec: Container, { pod, labels, volumes, edit }: PodContext): RestrictedContainer {
  const memoryBytes = quantity(spec.resources.limits.memory);
  const { fsGroup } = pod.spec.securityContext;
  const container = new RestrictedContainer(appOf(spec))
    .withLabels({ ...labels })
    .withEnvironment(Object.fromEntries((spec.env ?? []).map(({ name, value }) => [name, value])))
    .withHostConfig({
      Binds: volumes.binds(spec),
      Memory: memoryBytes,
      // The same value, so that none of it may be swap.
      MemorySwap: memoryBytes,
      GroupAdd: fsGroup === undefined ? [] : [String(fsGroup)],
    });
  if (spec.command !== undefined) container.withEntrypoint(spec.command);
  if (spec.args !== undefined) container.withCommand(spec.args.map(edit));
  return container;
}

/** Makes it the one that stands for the Pod: it has the network namespace, and with it all ports and the name. */
export function holdNamespaces(
  container: RestrictedContainer,
  { pod }: PodContext,
  network: { readonly name: string } | undefined,
  aliases: readonly string[],
): void {
  const { sysctls = [] } = pod.spec.securityContext;
  container
    .withHostConfig({ Sysctls: Object.fromEntries(sysctls.map(({ name, value }) => [name, value])) })
    .withExposedPorts(...pod.running.flatMap(({ ports = [] }) => ports.map(({ containerPort }) => containerPort)));
  if (network !== undefined) container.withNetworkMode(network.name).withNetworkAliases(pod.name, ...aliases);
}

/** Makes it share what the containers of a Pod share. */
export function joinNamespaces(container: RestrictedContainer, { pod }: PodContext, holderId: string): void {
  container.withNetworkMode(`container:${holderId}`);
  if (pod.spec.shareProcessNamespace === true) container.withHostConfig({ PidMode: `container:${holderId}` });
}
