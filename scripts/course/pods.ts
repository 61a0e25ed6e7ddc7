/** The Pods of a lesson, as checks need them. */
import type { Pod } from '../deploy/kube-types.ts';
import type { CourseCluster } from './lesson.ts';

export interface LessonPod extends Pod {
  readonly status?: Pod['status'] & { readonly podIP?: string };
}

/** The Pods with these labels, oldest first, without those that are being deleted. */
export async function podsOf(
  cluster: CourseCluster,
  namespace: string,
  labelSelector: string,
): Promise<readonly LessonPod[]> {
  const objects = await cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace, labelSelector });
  const created = ({ metadata }: LessonPod) => metadata.creationTimestamp ?? '';
  return (objects as LessonPod[])
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .sort((a, b) => created(a).localeCompare(created(b)));
}

export function isReady({ status }: LessonPod): boolean {
  return status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
}

/** The one that looks at the others in some lessons; throws if it does not run. */
export async function clientPod(
  cluster: CourseCluster,
  namespace: string,
): Promise<{ namespace: string; pod: string }> {
  const client = (await podsOf(cluster, namespace, 'app=client')).find(isReady);
  if (client === undefined) throw new Error(`the Pod of the Deployment client in ${namespace} does not run`);
  return { namespace, pod: client.metadata.name };
}
