/** Taking away what lessons have made, wherever the learner stopped. */
import type { KubeClient } from '../deploy/kube-client.ts';
import { waitGone } from '../deploy/delete.ts';
import type { CourseCluster, Lesson } from './lesson.ts';

/** A namespace with Pods that take their grace period. */
const GONE_TIMEOUT_MS = 3 * 60_000;

/** Puts back what the lessons change of the cluster itself, in the order of the lessons. */
export async function restoreLessons(
  cluster: Pick<CourseCluster, 'onNode'>,
  lessons: readonly Pick<Lesson, 'restore'>[],
): Promise<void> {
  for (const lesson of lessons) await lesson.restore?.(cluster);
}

/** Removes these namespaces with everything in them, waits until they are gone, and returns those that were there. */
export async function removeNamespaces(
  client: KubeClient,
  names: readonly string[],
  signal: AbortSignal,
): Promise<string[]> {
  const deadline = performance.now() + GONE_TIMEOUT_MS;
  const refs = names.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', name }));
  const removed = await Promise.all(refs.map((ref) => client.delete(ref, {}, signal)));
  await Promise.all(refs.map((ref) => waitGone(client, ref, deadline, signal)));
  return names.filter((_, index) => removed[index]);
}
