/** A cluster, opened for checks; leaving the scope ends its calls. */
import type { Cluster } from '../cluster/cluster.ts';
import { loadOwnKubeConfig } from '../cluster/own-kube-config.ts';
import { createKubeClient, type KubeClient } from '../deploy/kube-client.ts';
import { createCourseCluster } from './course-cluster.ts';
import type { CourseCluster } from './lesson.ts';

export interface OpenCourse extends AsyncDisposable {
  readonly course: CourseCluster;
  readonly client: KubeClient;
}

/** The cluster must have been made; whether it answers shows when it is asked. */
export async function openCourse(cluster: Cluster, signal: AbortSignal): Promise<OpenCourse> {
  const kubeConfig = await loadOwnKubeConfig(cluster);
  const client = await createKubeClient(kubeConfig, { signal });
  return {
    client,
    course: createCourseCluster({ cluster, client, kubeConfig, signal }),
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  };
}
