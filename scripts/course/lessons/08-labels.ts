/** Labels and selectors: who belongs to whom, changed on purpose. */
import { askFromPod, countAnswers } from '../from-pod.ts';
import type { CourseCluster, Lesson, Verdict } from '../lesson.ts';
import { clientPod, type LessonPod } from '../pods.ts';
import { notYet, passed, wrong } from '../verdict.ts';

const NAMESPACE = 'lesson-08';
/** Each Pod gets a third of them; that all leave one out practically never happens. */
const REQUESTS = 40;
const LABELS_OF_STABLE = ['app', 'track', 'pod-template-hash'];

export const lesson: Lesson = {
  number: 8,
  slug: 'labels',
  title: 'Labels and selectors',
  question: 'How do you take one Pod out of service without stopping it?',
  minutes: 10,
  namespaces: [NAMESPACE],
  terms: [
    {
      name: 'label',
      meaning: 'A key and a value on an object, by which others find it.',
      ecs: 'Tag; but nothing in ECS selects by tags.',
    },
    {
      name: 'selector',
      meaning:
        'A question about labels, asked again and again: whoever answers to it belongs to the Service or ReplicaSet.',
      ecs: 'The target group that a service names; membership is a list there, not a question.',
    },
    {
      name: 'annotation',
      meaning: 'A note on an object, for people and programs, which no selector can find.',
      ecs: 'Tag.',
    },
    {
      name: 'canary',
      meaning: 'A few Pods of a new version beside the old ones, behind the same Service, to see how they do.',
      ecs: 'Canary deployment of a service, or weighted target groups.',
    },
  ],
  checks: [
    {
      id: 'set-aside',
      task: 'Take the Pod that answers with errors out of the Service, without stopping it; three others serve.',
      look: lookAtSuspect,
    },
  ],
};

async function lookAtSuspect(cluster: CourseCluster): Promise<Verdict> {
  const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: NAMESPACE, name: 'stable' };
  const suspect = (await cluster.get(deployment))?.metadata.annotations?.['suspect'];
  if (suspect === undefined) return notYet('nobody has noted a suspect', 'Follow the lesson to "Your turn".');
  const pod = (await cluster.get({ apiVersion: 'v1', kind: 'Pod', namespace: NAMESPACE, name: suspect })) as
    | LessonPod
    | undefined;
  if (pod === undefined || pod.metadata.deletionTimestamp !== undefined) {
    return wrong(
      `the Pod ${suspect} was deleted, and what was wrong with it went too`,
      'Break another one, as under "Your turn", and change what belongs to it instead.',
    );
  }
  const client = await clientPod(cluster, NAMESPACE);
  const [itself] = countAnswers(await askFromPod(cluster, client, `http://${pod.status?.podIP}:8080`)).keys();
  if (itself?.startsWith('500') !== true) {
    return wrong(
      `${suspect} no longer has its fault: asked directly, it says "${itself}"`,
      'Break it again, and leave it as it is.',
    );
  }
  return lookAtService(cluster, client, pod);
}

async function lookAtService(
  cluster: CourseCluster,
  client: { namespace: string; pod: string },
  suspect: LessonPod,
): Promise<Verdict> {
  const answers = [...countAnswers(await askFromPod(cluster, client, 'http://web', REQUESTS)).keys()];
  const failure = answers.find((answer) => answer.startsWith('failed'));
  if (failure !== undefined) {
    return wrong(
      `nobody answers at http://web any more: ${failure}`,
      'The Service is to find the others: kubectl -n lesson-08 get endpointslices',
    );
  }
  if (answers.some((answer) => answer.startsWith('500'))) return lookAtLabels(suspect);
  if (answers.length < 3)
    return notYet(`only ${answers.length} Pods serve`, 'kubectl -n lesson-08 rollout status deployment/stable');
  return passed(
    `${answers.length} Pods serve without an error, and ${suspect.metadata.name} still runs, with its fault`,
  );
}

function lookAtLabels({ metadata: { name, labels = {} } }: LessonPod): Verdict {
  const added = Object.entries(labels).find(([key]) => !LABELS_OF_STABLE.includes(key));
  if (added === undefined || labels['app'] !== 'web') {
    return notYet(
      `the Service still sends requests to ${name}`,
      'See what it selects: kubectl -n lesson-08 describe service web',
    );
  }
  return wrong(
    `${name} has a new label ${added.join('=')}, but the Service asks for app=web only, and it still has that one`,
    'Change a label that the Service asks for.',
  );
}
