/** Lesson 3: a helper that keeps the files of a program up to date, and when a helper starts and ends. */
import type { Pod, Workload } from '../../deploy/kube-types.ts';
import type { Check, Lesson } from '../lesson.ts';

const NAMESPACE = 'lesson-sidecar';
const NEXT = 'Make the Job anew with the helper under initContainers, with restartPolicy: Always.';

const jobCompletes: Check = {
  id: 'job-completes',
  task: 'Make the Job report complete, with its helper beside it.',
  async look(cluster) {
    const found = await cluster.get({ apiVersion: 'batch/v1', kind: 'Job', namespace: NAMESPACE, name: 'report' });
    if (found === undefined) return { state: 'not-yet', reason: 'there is no Job report', next: NEXT };
    const { conditions = [] } = (found as Workload).status ?? {};
    const failed = conditions.find(({ type, status }) => type === 'Failed' && status === 'True');
    if (failed !== undefined) {
      return { state: 'wrong', reason: `the Job has failed: ${failed.reason}; it was to complete`, next: NEXT };
    }
    const labelSelector = 'job-name=report';
    const pods = (await cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace: NAMESPACE, labelSelector })) as Pod[];
    const pod = pods.find(({ metadata }) => metadata.ownerReferences?.some(({ uid }) => uid === found.metadata.uid));
    if (pod === undefined) return { state: 'not-yet', reason: 'the Job has no Pod yet', next: 'Wait.' };
    const helpers = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].filter(
      ({ name }) => name === 'helper',
    );
    const isComplete = conditions.some(({ type, status }) => type === 'Complete' && status === 'True');
    if (helpers.length === 0) {
      return {
        state: 'wrong',
        reason: 'the helper has gone: the Job was to complete with it, not without it',
        next: NEXT,
      };
    }
    const target = { namespace: NAMESPACE, pod: pod.metadata.name };
    const report = await cluster.logs({ ...target, container: 'report' });
    if (!isComplete) {
      const reason = `the report says "${report.trim()}", and the Job goes on: its helper is a container like any other, and runs`;
      return { state: 'not-yet', reason, next: NEXT };
    }
    const helper = await cluster.logs({ ...target, container: 'helper' });
    return { state: 'passed', seen: `the Job is complete; "${report.trim()}", and "${helper.trim()}"` };
  },
};

export const lesson: Lesson = {
  number: 3,
  slug: 'sidecar',
  title: 'The sidecar',
  question:
    'How does a program get new files without knowing where they come from, and when does its helper start and end?',
  minutes: 15,
  namespaces: [NAMESPACE],
  // It pushes to the Git server that other lessons read from.
  isDisturbing: true,
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
  checks: [jobCompletes],
};
