/** Lesson 15: the same on AWS ECS, as far as it goes without an account there. */
import type { ContainerDefinition, RegisterTaskDefinitionCommandInput } from '@aws-sdk/client-ecs';
import type { Pod } from '../../deploy/kube-types.ts';
import { taskDefinitionOf } from '../../ecs/task-definition.ts';
import type { CourseCluster, Lesson, Verdict } from '../lesson.ts';

const NAMESPACE = 'lesson-ecs';

async function lookAtTask(cluster: CourseCluster): Promise<Verdict> {
  const ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: NAMESPACE, name: 'site' };
  const deployment = await cluster.get(ref);
  if (deployment === undefined) {
    return {
      state: 'not-yet',
      reason: 'there is no Deployment site',
      next: 'kubectl apply -k manifests/concepts/15-ecs/site',
    };
  }
  const task = taskDefinitionOf({ deployment, configMaps: {} });
  return taskFault(task) ?? (await lookAtPod(cluster, task));
}

/** What keeps the task definition from what is wanted; undefined if it is right. */
function taskFault(task: RegisterTaskDefinitionCommandInput): Verdict | undefined {
  const { pidMode, containerDefinitions = [] } = task;
  const nginx = containerDefinitions.find(({ name }) => name === 'nginx');
  const condition = nginx?.dependsOn?.find(({ containerName }) => containerName === 'git-sync')?.condition;
  if (pidMode === 'host') {
    return {
      state: 'wrong',
      reason: 'its pidMode is host: all processes of the machine, which Fargate refuses, and Pod Security here',
      next: 'Take hostPID out and share the process namespace of the Pod: shareProcessNamespace: true.',
    };
  }
  if (condition === 'SUCCESS') {
    return {
      state: 'wrong',
      reason: 'nginx waits until git-sync has ended (SUCCESS), which it never does: an init container is one step',
      next: 'Give git-sync restartPolicy: Always, which makes it a sidecar.',
    };
  }
  if (condition === 'START') {
    return {
      state: 'wrong',
      reason: 'nginx waits until git-sync runs (START), not until it has fetched something (HEALTHY)',
      next: 'Give git-sync a startupProbe that asks /readyz.',
    };
  }
  if (condition === undefined || pidMode === undefined) {
    const missing = [
      ...(condition === undefined ? ['nginx does not depend on git-sync'] : []),
      ...(pidMode === undefined ? ['there is no pidMode'] : []),
    ];
    return {
      state: 'not-yet',
      reason: `in the task definition, ${missing.join(', and ')}`,
      next: `kubectl -n ${NAMESPACE} edit deployment site`,
    };
  }
  return undefined;
}

/** Whether a Pod of it does here what the task would do there: the order, the health checks, the shared processes. */
async function lookAtPod(cluster: CourseCluster, task: RegisterTaskDefinitionCommandInput): Promise<Verdict> {
  const all = await cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace: NAMESPACE, labelSelector: 'app=site' });
  const pod = (all as Pod[]).find(
    ({ metadata, status }) =>
      metadata.deletionTimestamp === undefined &&
      status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true &&
      status.initContainerStatuses?.some(({ name }) => name === 'git-sync') === true,
  );
  if (pod === undefined) {
    return { state: 'not-yet', reason: 'no Pod of it is ready yet', next: `kubectl -n ${NAMESPACE} get pods` };
  }
  const target = { namespace: NAMESPACE, pod: pod.metadata.name };
  for (const { name = '', healthCheck } of task.containerDefinitions ?? []) {
    const failed = await healthFault(cluster, { ...target, container: name }, healthCheck);
    if (failed !== undefined) {
      return { state: 'not-yet', reason: `the health check of ${name} fails: ${failed}`, next: 'npm run explain' };
    }
  }
  const processes = await cluster.exec({ ...target, container: 'git-sync' }, ['sh', '-c', 'cat /proc/[0-9]*/comm']);
  if (!processes.stdout.includes('nginx')) {
    return { state: 'not-yet', reason: 'git-sync does not see nginx', next: 'Set shareProcessNamespace: true.' };
  }
  const startOf = (name: string) =>
    [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])].find(
      (status) => status.name === name,
    )?.state?.running?.startedAt;
  return {
    state: 'passed',
    seen: `git-sync started at ${startOf('git-sync')}, nginx at ${startOf('nginx')}; git-sync sees nginx; the health checks of the task definition pass in the running containers`,
  };
}

/** What the program of the health check says, run where ECS would run it; undefined if all is well, or there is none. */
async function healthFault(
  cluster: CourseCluster,
  target: Parameters<CourseCluster['exec']>[0],
  healthCheck: ContainerDefinition['healthCheck'],
): Promise<string | undefined> {
  const [, ...command] = healthCheck?.command ?? [];
  if (command.length === 0) return undefined;
  const { exitCode, stderr } = await cluster.exec(target, command);
  return exitCode === 0 ? undefined : stderr.trim() || `exit code ${exitCode}`;
}

export const lesson: Lesson = {
  number: 15,
  slug: 'ecs',
  title: 'The same on AWS ECS',
  question: 'What of all this would be the same on ECS, what has another name, and what is not there?',
  minutes: 15,
  namespaces: [NAMESPACE],
  terms: [
    {
      name: 'task definition',
      meaning:
        'The counterpart here is the Pod template in a Deployment: what containers there are, and how they belong together.',
      ecs: 'A JSON document with a family and a revision; it is never changed, a change is a new revision.',
    },
    {
      name: 'dependsOn',
      meaning: 'The counterpart here is the order of init containers and native sidecars, with their startup probes.',
      ecs: 'A list of containers that have to have started, to be healthy or to have ended before this one starts; the reverse at the end.',
    },
    {
      name: 'pidMode',
      meaning: 'The counterpart here is shareProcessNamespace (task) or hostPID (host).',
      ecs: 'Whose processes a container sees: its own, those of the task, or those of the machine.',
    },
    {
      name: 'lock-in',
      meaning:
        'How much would have to be done anew elsewhere. The API of Kubernetes is the same everywhere; what is around it is not.',
      ecs: 'The images can go anywhere; task definitions, roles, listener rules and alarms are for AWS alone.',
    },
  ],
  checks: [
    {
      id: 'order-and-signal',
      task: 'Change the Deployment site so that, as a task and as a Pod, nginx starts when git-sync is healthy and git-sync can signal nginx.',
      look: lookAtTask,
    },
  ],
};
