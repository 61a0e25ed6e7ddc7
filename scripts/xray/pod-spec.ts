/** The parts of a Pod that the x-ray shows beside those that other commands read. */
import type { Container, ContainerStatus, KubeObject, Pod } from '../deploy/kube-types.ts';

export interface ProbeSpec {
  readonly httpGet?: { readonly path?: string; readonly port: number | string };
  readonly tcpSocket?: { readonly port: number | string };
  readonly grpc?: { readonly port: number };
  readonly exec?: { readonly command?: readonly string[] };
  readonly periodSeconds?: number;
  readonly failureThreshold?: number;
}

export interface ContainerSpec extends Container {
  readonly startupProbe?: ProbeSpec;
  readonly readinessProbe?: ProbeSpec;
  readonly livenessProbe?: ProbeSpec;
  readonly resources?: {
    readonly requests?: Readonly<Record<string, string>>;
    readonly limits?: Readonly<Record<string, string>>;
  };
  readonly securityContext?: { readonly runAsUser?: number };
  readonly volumeMounts?: readonly {
    readonly name: string;
    readonly mountPath: string;
    readonly readOnly?: boolean;
    readonly subPath?: string;
  }[];
  readonly env?: readonly { readonly valueFrom?: { readonly secretKeyRef?: unknown } }[];
  readonly envFrom?: readonly { readonly secretRef?: unknown }[];
}

export interface VolumeSpec {
  readonly name: string;
  readonly emptyDir?: { readonly sizeLimit?: string; readonly medium?: string };
  readonly configMap?: { readonly name?: string };
  readonly secret?: { readonly secretName?: string };
  readonly persistentVolumeClaim?: { readonly claimName: string };
  readonly [source: string]: unknown;
}

export interface XrayPod extends KubeObject {
  readonly spec: {
    readonly nodeName?: string;
    readonly containers: readonly ContainerSpec[];
    readonly initContainers?: readonly ContainerSpec[];
    readonly ephemeralContainers?: readonly ContainerSpec[];
    readonly volumes?: readonly VolumeSpec[];
    readonly shareProcessNamespace?: boolean;
    readonly securityContext?: { readonly runAsUser?: number };
  };
  readonly status?: Pod['status'] & {
    readonly podIP?: string;
    readonly ephemeralContainerStatuses?: readonly ContainerStatus[];
  };
}

/** In the order in which they start. */
export function containersOf({ spec }: XrayPod): readonly ContainerSpec[] {
  return [...(spec.initContainers ?? []), ...spec.containers, ...(spec.ephemeralContainers ?? [])];
}

export function statusesOf({ status }: XrayPod): readonly ContainerStatus[] {
  return [
    ...(status?.initContainerStatuses ?? []),
    ...(status?.containerStatuses ?? []),
    ...(status?.ephemeralContainerStatuses ?? []),
  ];
}

export function isRunning(pod: XrayPod, container: string): boolean {
  return statusesOf(pod).some(({ name, state }) => name === container && state?.running !== undefined);
}

/** Whether a Secret's value may be among its arguments, or in its files. */
export function holdsSecret(container: ContainerSpec, { spec }: XrayPod): boolean {
  const secretVolumes = (spec.volumes ?? []).filter(({ secret }) => secret !== undefined).map(({ name }) => name);
  return (
    (container.env ?? []).some(({ valueFrom }) => valueFrom?.secretKeyRef !== undefined) ||
    (container.envFrom ?? []).some(({ secretRef }) => secretRef !== undefined) ||
    (container.volumeMounts ?? []).some(({ name }) => secretVolumes.includes(name))
  );
}
