/** Lesson 3: a helper that keeps the files of a program up to date, and when a helper starts and ends. */
import type { ContainerStatus, Workload } from '../../deploy/kube-types.ts';
import type { CourseCluster, Lesson, Verdict } from '../lesson.ts';
import { runKubectlScript } from '../node-kubectl.ts';
import { podsOf } from '../pods.ts';
import { notYet, passed, wrong } from '../verdict.ts';

const NAMESPACE = 'lesson-sidecar';
const NEXT = 'Make the Job anew with the helper under initContainers, with restartPolicy: Always.';

// In the kit's Git server, which has no namespace of the lesson. A branch that is not there is none to remove.
const REMOVE_BRANCH = `kubectl -n pod-patterns exec deploy/git-server -c backend -- sh -c '
  cd /srv/git/site.git && if git show-ref -q --verify refs/heads/lesson-3; then git update-ref -d refs/heads/lesson-3; fi'`;

export const lesson: Lesson = {
  number: 3,
  slug: 'sidecar',
  title: 'The sidecar',
  question:
    'How does a program get new files without knowing where they come from, and when does its helper start and end?',
  minutes: 15,
  namespaces: [NAMESPACE],
  restore: (cluster) => runKubectlScript(cluster, REMOVE_BRANCH),
  terms: [
    {
      name: 'sidecar',
      meaning:
        'A helper container that does for a program what the program does not: here it keeps its files up to date.',
      ecs: 'A second container of the task, with essential: false or true.',
    },
    {
      name: 'native sidecar',
      meaning:
        'An init container with restartPolicy: Always: it starts before the program, ends after it, and keeps no Job from completing.',
      ecs: 'dependsOn with START or HEALTHY; ECS stops containers in the reverse order too.',
    },
    {
      name: 'init container',
      meaning: 'A container that has to end, and to succeed, before those after it start.',
      ecs: 'dependsOn with SUCCESS on a container that is not essential.',
    },
    {
      name: 'torn read',
      meaning:
        'What a reader gets in the middle of a change: one file as it was, and another as it will be. A link that is moved in one step prevents it.',
      ecs: 'The same, on every volume that containers share.',
    },
    {
      name: 'Job',
      meaning: 'Makes a Pod that is to end, and another one if it fails.',
      ecs: 'A task that is run by itself (RunTask), without a service.',
    },
    {
      name: 'startup probe',
      meaning:
        'A question that the kubelet asks until it is answered once; what comes after the container waits for that.',
      ecs: 'healthCheck with a startPeriod; dependsOn with HEALTHY waits for it.',
    },
  ],
  checks: [
    {
      id: 'job-completes',
      task: 'Make the Job report complete, with its helper beside it.',
      look: lookAtJob,
    },
  ],
};

async function lookAtJob(cluster: CourseCluster): Promise<Verdict> {
  const ref = { apiVersion: 'batch/v1', kind: 'Job', namespace: NAMESPACE, name: 'report' };
  const job: Workload | undefined = await cluster.get(ref);
  if (job === undefined) {
    return notYet('there is no Job report', 'kubectl apply -f manifests/concepts/03-sidecar/job.yaml');
  }
  const isTrue = (wanted: string) =>
    job.status?.conditions?.find(({ type, status }) => type === wanted && status === 'True');
  const failed = isTrue('Failed');
  if (failed !== undefined) return wrong(`the Job has failed: ${failed.reason}; it was to complete`, NEXT);
  const pods = await podsOf(cluster, NAMESPACE, 'job-name=report');
  const pod = pods.find(({ metadata }) => metadata.ownerReferences?.some(({ uid }) => uid === job.metadata.uid));
  if (pod === undefined) return notYet('the Job has no Pod yet', 'Wait a moment.');

  const { containers, initContainers = [] } = pod.spec;
  const isPlain = containers.some(({ name }) => name === 'helper');
  const init = initContainers.find(({ name }) => name === 'helper');
  if (!isPlain && init === undefined) {
    return wrong('the helper has gone: the Job was to complete with it, not without it', NEXT);
  }
  if (init !== undefined && init.restartPolicy !== 'Always') {
    return wrong(
      'the helper is an init container that has to end before the report is begun, and it never ends',
      'Give it restartPolicy: Always, which makes it a native sidecar.',
    );
  }
  const { containerStatuses = [], initContainerStatuses = [] } = pod.status ?? {};
  const report = endOf(containerStatuses, 'report');
  if (isTrue('Complete') !== undefined) {
    const helper = endOf([...containerStatuses, ...initContainerStatuses], 'helper');
    return passed(`the Job is complete: the report ended at ${report}, and its helper at ${helper}`);
  }
  if (report === undefined) return notYet('the report is not written yet', 'Wait a moment.');
  return isPlain
    ? notYet(`the report ended at ${report}, but its helper is a container like any other, and goes on`, NEXT)
    : notYet(`the report ended at ${report}, and its helper is being ended`, 'Wait a moment.');
}

/** When the container of that name ended, if it has. */
function endOf(statuses: readonly ContainerStatus[], container: string): string | undefined {
  return statuses.find(({ name }) => name === container)?.state?.terminated?.finishedAt;
}
