/** What belongs into a report: the machine, the versions, the last runs of `up`, the Pods with their times, events, objects, and an x-ray. */
import { stringify } from 'yaml';
import type { Finding } from '../doctor/finding.ts';
import type { KubeClient } from '../deploy/kube-client.ts';
import type { KubeEvent, KubeObject } from '../deploy/kube-types.ts';
import { containersOf, statusesOf, type XrayPod } from '../xray/pod-spec.ts';
import type { Snapshot } from '../xray/snapshot.ts';
import { redact, redactText } from './redact.ts';
import type { UpRun } from './up-runs.ts';

export interface Report {
  readonly version: 1;
  readonly takenAt: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly findings: readonly Finding[];
  /** Of `up`, newest first. */
  readonly runs: readonly UpRun[];
  /** Why there is nothing about the cluster. */
  readonly absent?: string | undefined;
  readonly cluster?: ClusterReport | undefined;
  readonly snapshot?: Omit<Snapshot, 'actions'> | undefined;
}

export interface ClusterReport {
  readonly pods: readonly PodTimes[];
  /** Newest first. */
  readonly events: readonly {
    readonly at: string;
    readonly object: string;
    readonly isBad: boolean;
    readonly text: string;
  }[];
  /** Redacted. */
  readonly objects: readonly { readonly name: string; readonly yaml: string }[];
}

/** Seconds since the Pod was made. */
export interface PodTimes {
  readonly name: string;
  readonly phase: string;
  readonly createdAt: string;
  readonly scheduled?: number | undefined;
  readonly containers: readonly {
    readonly name: string;
    readonly started?: number | undefined;
    readonly restarts: number;
  }[];
  readonly ready?: number | undefined;
}

/** No Secrets among them: they are not even asked for. */
const KINDS = [
  { apiVersion: 'apps/v1', kind: 'Deployment' },
  { apiVersion: 'apps/v1', kind: 'StatefulSet' },
  { apiVersion: 'v1', kind: 'Service' },
  { apiVersion: 'v1', kind: 'ConfigMap' },
  { apiVersion: 'v1', kind: 'PersistentVolumeClaim' },
  { apiVersion: 'v1', kind: 'Pod' },
] as const;

const MAX_EVENTS = 200;

export async function collectCluster(
  client: KubeClient,
  { namespace, signal }: { readonly namespace: string; readonly signal: AbortSignal },
): Promise<ClusterReport> {
  const list = async (type: { apiVersion: string; kind: string }) =>
    (await client.list({ ...type, namespace }, signal)).items;
  const [objects, events] = await Promise.all([
    Promise.all(KINDS.map(list)),
    list({ apiVersion: 'v1', kind: 'Event' }) as Promise<readonly KubeEvent[]>,
  ]);
  const all = objects.flat();
  return {
    pods: all.filter(({ kind }) => kind === 'Pod').map((pod) => timesOf(pod as unknown as XrayPod)),
    events: events
      .map(describeEvent)
      .sort((one, other) => other.at.localeCompare(one.at))
      .slice(0, MAX_EVENTS),
    objects: all.map((object) => ({ name: `${object.kind}/${object.metadata.name}`, yaml: yamlOf(object) })),
  };
}

/** The version of the API server, and of the node with its runtime. */
export async function clusterVersions(client: KubeClient, signal: AbortSignal): Promise<Record<string, string>> {
  const { text } = await client.text('/version', {}, signal);
  const { items } = await client.list({ apiVersion: 'v1', kind: 'Node' }, signal);
  const { nodeInfo = {} } = (items[0]?.['status'] ?? {}) as { nodeInfo?: Record<string, string> };
  return {
    Kubernetes: (JSON.parse(text) as { gitVersion?: string }).gitVersion ?? 'unknown',
    ...Object.fromEntries(
      ['kubeletVersion', 'containerRuntimeVersion', 'osImage', 'kernelVersion', 'architecture'].map((key) => [
        `node: ${key}`,
        nodeInfo[key] ?? 'unknown',
      ]),
    ),
  };
}

function timesOf(pod: XrayPod): PodTimes {
  const { name, creationTimestamp: createdAt = '' } = pod.metadata;
  const since = (at: string | undefined) =>
    at === undefined ? undefined : (Date.parse(at) - Date.parse(createdAt)) / 1_000;
  const reached = (type: string) =>
    since(pod.status?.conditions?.find((one) => one.type === type && one.status === 'True')?.lastTransitionTime);
  return {
    name,
    phase: pod.status?.phase ?? 'Unknown',
    createdAt,
    scheduled: reached('PodScheduled'),
    containers: containersOf(pod).map((container) => {
      const status = statusesOf(pod).find((one) => one.name === container.name);
      const started = since(status?.state?.running?.startedAt);
      return { name: container.name, started, restarts: status?.restartCount ?? 0 };
    }),
    ready: reached('Ready'),
  };
}

function describeEvent({ type, reason, message, count = 1, ...event }: KubeEvent): ClusterReport['events'][number] {
  const { kind = '', name = '' } = event.involvedObject ?? {};
  return {
    at: event.lastTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp ?? '',
    object: `${kind}/${name}`,
    isBad: type === 'Warning',
    text: redactText(`${reason ?? ''}: ${message ?? ''}${count > 1 ? ` (${count} times)` : ''}`),
  };
}

function yamlOf(object: KubeObject): string {
  return stringify(redact(object), { lineWidth: 0 });
}
