/** The same Pod beside itself, with the other setting of shareProcessNamespace. */
import type { KubeClient } from '../deploy/kube-client.ts';
import type { KubeObject } from '../deploy/kube-types.ts';
import { TWIN_LABEL } from './choose-pod.ts';
import type { XrayPod } from './pod-spec.ts';

/** One that nobody takes away goes by itself: this long, or when the Pod goes that it is the twin of. */
const LIFE_SECONDS = 1_800;

/** A volume claim can be in use in one Pod only. */
export function canHaveTwin({ spec, metadata }: XrayPod): boolean {
  const hasClaim = (spec.volumes ?? []).some(({ persistentVolumeClaim }) => persistentVolumeClaim !== undefined);
  return !hasClaim && metadata.deletionTimestamp === undefined;
}

export async function createTwin(client: KubeClient, pod: XrayPod, signal: AbortSignal): Promise<string> {
  const twin = describeTwin(pod);
  await client.apply(twin, { force: false }, signal);
  return twin.metadata.name;
}

export async function removeTwin(client: KubeClient, pod: XrayPod, signal: AbortSignal): Promise<void> {
  const { name, namespace } = describeTwin(pod).metadata;
  await client.delete({ apiVersion: 'v1', kind: 'Pod', namespace, name }, {}, signal);
}

/** Without the labels of the original: no Service sends it traffic, and no ReplicaSet counts it. */
function describeTwin({ metadata, spec }: XrayPod): KubeObject {
  const { nodeName: _scheduledAnew, ephemeralContainers: _cannotBeMade, ...rest } = spec;
  const { name, namespace = '', uid = '' } = metadata;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `${name.slice(0, 58)}-twin`,
      namespace,
      labels: { [TWIN_LABEL]: uid },
      ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name, uid }],
    },
    spec: { ...rest, shareProcessNamespace: spec.shareProcessNamespace !== true, activeDeadlineSeconds: LIFE_SECONDS },
  };
}
