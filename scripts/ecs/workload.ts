/** What the converter reads: a Deployment, and the ConfigMaps that its Pod mounts. */
import type { V1Container, V1PodSpec, V1Probe } from '@kubernetes/client-node';
import type { KubeObject } from '../deploy/kube-types.ts';

export interface Workload {
  /** A Deployment, as it stands in a file or as the API server sends it. */
  readonly deployment: KubeObject;
  /** The texts of the ConfigMaps beside it, by the name of the ConfigMap, then by key. */
  readonly configMaps: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** The Deployments among some objects, each with the ConfigMaps that are there. */
export function workloadsOf(objects: readonly KubeObject[]): Workload[] {
  const configMaps = Object.fromEntries(
    objects
      .filter(({ kind }) => kind === 'ConfigMap')
      .map(({ metadata, ...rest }) => [metadata.name, (rest['data'] ?? {}) as Record<string, string>]),
  );
  return objects.filter(({ kind }) => kind === 'Deployment').map((deployment) => ({ deployment, configMaps }));
}

export function podSpecOf({ deployment }: Workload): V1PodSpec {
  return (deployment['spec'] as { template: { spec: V1PodSpec } }).template.spec;
}

/** A native sidecar: an init container that is always restarted. */
export function isSidecar(spec: V1PodSpec, container: V1Container): boolean {
  return container.restartPolicy === 'Always' && (spec.initContainers ?? []).includes(container);
}

/** An init container that runs to its end before the next one starts. */
export function isStep(spec: V1PodSpec, container: V1Container): boolean {
  return (spec.initContainers ?? []).includes(container) && !isSidecar(spec, container);
}

export type ProbeName = 'startupProbe' | 'livenessProbe' | 'readinessProbe';

/**
 * The one probe that becomes the health check of ECS: the startup probe of a sidecar, because other containers wait for
 * it; else the question whose failure is a reason to replace the container.
 */
export function chosenProbe(spec: V1PodSpec, container: V1Container): ProbeName | undefined {
  const order: readonly ProbeName[] = isSidecar(spec, container)
    ? ['startupProbe', 'livenessProbe', 'readinessProbe']
    : ['livenessProbe', 'readinessProbe', 'startupProbe'];
  return order.find((name) => container[name] !== undefined);
}

/** The port of a probe as a number; a name is looked up among the ports of its own container. */
export function probePort(container: V1Container, probe: V1Probe): number {
  const port: string | number = probe.httpGet?.port ?? probe.tcpSocket?.port ?? '';
  const found = container.ports?.find(({ name }) => name === port)?.containerPort ?? port;
  if (typeof found === 'number') return found;
  throw new Error(`the container ${container.name} has no port ${found}`);
}
