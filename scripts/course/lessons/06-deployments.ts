/** Deployments and ReplicaSets: self-healing, a rollout under traffic, and the way back from one that fails. */
import type { KubeObject, Workload } from '../../deploy/kube-types.ts';
import { askFromPod, countAnswers } from '../from-pod.ts';
import type { CourseCluster, Lesson, Verdict } from '../lesson.ts';
import { clientPod, podsOf } from '../pods.ts';
import { notYet, passed, wrong } from '../verdict.ts';

const NAMESPACE = 'lesson-06';
/** Each Pod gets a third of them; that all leave one out practically never happens. */
const REQUESTS = 40;
const REVISION = 'deployment.kubernetes.io/revision';

export const lesson: Lesson = {
  number: 6,
  slug: 'deployments',
  title: 'Deployments and ReplicaSets',
  question: 'Who brings a Pod back when it is gone, and who replaces all of them without anybody noticing?',
  minutes: 12,
  namespaces: [NAMESPACE],
  terms: [
    {
      name: 'Deployment',
      meaning: 'Keeps a number of equal Pods, and replaces them by those of a new version step by step.',
      ecs: 'Service with a desired count.',
    },
    {
      name: 'ReplicaSet',
      meaning: 'Keeps a number of Pods of exactly one template: it counts, and makes or deletes what differs.',
      ecs: 'A deployment within a service: the tasks of one task definition revision.',
    },
    {
      name: 'owner reference',
      meaning: 'Says in an object which other one made it; when the owner is deleted, it is deleted too.',
      ecs: 'No counterpart to see: a task names its service in `group`.',
    },
    {
      name: 'self-healing',
      meaning: 'Controllers compare what is wanted with what is there, again and again, and replace what is missing.',
      ecs: 'The service scheduler does the same for tasks.',
    },
    {
      name: 'rollout',
      meaning: 'The way from one version of a Deployment to the next, some Pods at a time.',
      ecs: 'Rolling update of a service, bounded by `minimumHealthyPercent` and `maximumPercent`.',
    },
    {
      name: 'revision',
      meaning: 'One template that a Deployment has had, kept as a ReplicaSet with no Pods, to go back to.',
      ecs: 'Task definition revision.',
    },
  ],
  checks: [
    {
      id: 'rolled-back',
      task: 'Take the rollout back to version 2, with all three Pods of one ReplicaSet and the history kept.',
      look: lookAtRollback,
    },
  ],
};

async function lookAtRollback(cluster: CourseCluster): Promise<Verdict> {
  const deployment = await read(cluster, 'apps/v1', 'Deployment');
  const service = await read(cluster, 'v1', 'Service');
  if (deployment === undefined || service === undefined) {
    return notYet(
      'there is no Deployment web',
      'Begin the lesson: kubectl -n lesson-06 apply -f manifests/concepts/web',
    );
  }
  // The lesson makes the Deployment first.
  if (created(deployment) > created(service)) {
    return wrong(
      'the Deployment web was made anew: its revisions are gone, and nobody can go back to one of them',
      'Do what the lesson does from "A new version, under traffic" on again, and keep the Deployment.',
    );
  }
  const revision = Number(deployment.metadata.annotations?.[REVISION] ?? 0);
  if (revision < 3) {
    return notYet(`web is at revision ${revision}`, 'Follow the lesson to "A version that does not start".');
  }
  return lookAtAnswers(cluster, deployment, revision);
}

async function lookAtAnswers(cluster: CourseCluster, deployment: Workload, revision: number): Promise<Verdict> {
  const pods = await podsOf(cluster, NAMESPACE, 'app=web');
  const counts = countAnswers(await askFromPod(cluster, await clientPod(cluster, NAMESPACE), 'http://web', REQUESTS));
  const versions = [...new Set([...counts.keys()].map((answer) => answer.replace(/ from .*/, '')))].sort();
  const seen = `the Service answers with ${versions.join(' and ')}`;

  if (!isComplete(deployment)) {
    return notYet(
      `${seen}, but the rollout still goes on`,
      'See what there is to go back to: kubectl -n lesson-06 rollout history deployment/web',
    );
  }
  if (versions.join() !== 'version 2') {
    return wrong(
      `${seen}, but version 2 was the last that worked`,
      'See what a revision is before you go to it: kubectl -n lesson-06 rollout history deployment/web --revision=2',
    );
  }
  const owners = new Set(pods.map(({ metadata }) => metadata.ownerReferences?.[0]?.name));
  if (owners.size !== 1 || pods.length !== 3) {
    return notYet(
      `there are ${pods.length} Pods of ${owners.size} ReplicaSets`,
      'kubectl -n lesson-06 get replicasets',
    );
  }
  return passed(`${seen}, from ${counts.size} Pods of ${[...owners].join()}, which is revision ${revision}`);
}

async function read(cluster: CourseCluster, apiVersion: string, kind: string): Promise<Workload | undefined> {
  return cluster.get({ apiVersion, kind, namespace: NAMESPACE, name: 'web' });
}

/** The controller has seen the newest template, and every Pod is of it and ready. */
function isComplete({ metadata, status }: Workload): boolean {
  return (
    status?.observedGeneration === metadata.generation &&
    status?.updatedReplicas === status?.replicas &&
    status?.availableReplicas === status?.replicas
  );
}

function created({ metadata }: KubeObject): string {
  return metadata.creationTimestamp ?? '';
}
