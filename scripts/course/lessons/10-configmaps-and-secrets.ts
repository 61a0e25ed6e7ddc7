/** ConfigMaps and Secrets: how a setting gets into a container, when a change does, and who else can read it. */
import type { KubeObject } from '../../deploy/kube-types.ts';
import type { CourseCluster, Lesson, Verdict } from '../lesson.ts';
import { isReady, podsOf } from '../pods.ts';
import { notYet, passed, wrong } from '../verdict.ts';

const NAMESPACE = 'lesson-10';
const WANTED = 'Good night';

export const lesson: Lesson = {
  number: 10,
  slug: 'configmaps-and-secrets',
  title: 'ConfigMaps and Secrets',
  question: 'You changed a setting: when does the program get it, and who else can read it?',
  minutes: 12,
  namespaces: [NAMESPACE],
  terms: [
    {
      name: 'ConfigMap',
      meaning: 'Names and texts that containers get as environment variables or as files.',
      ecs: '`environment` and `environmentFiles` of the task definition; there are no files made of it.',
    },
    {
      name: 'Secret',
      meaning: 'A ConfigMap for what few may read: rights of its own, in memory on the node; base64 is no encryption.',
      ecs: '`secrets`: values of Secrets Manager or Parameter Store.',
    },
    {
      name: 'subPath',
      meaning: 'Mounts one file or folder of a volume; what is mounted so is never updated.',
      ecs: 'None.',
    },
    {
      name: 'immutable',
      meaning: 'A ConfigMap or Secret that nobody can change any more: a change is a new one, under a new name.',
      ecs: 'Every task definition revision is.',
    },
  ],
  checks: [
    {
      id: 'good-night',
      task: `Make all three ways say "${WANTED}", from the ConfigMap.`,
      look: lookAtGreetings,
    },
  ],
};

const READ = `
const { readFileSync } = require('node:fs');
const file = (path) => readFileSync(path, 'utf8');
console.log(JSON.stringify([process.env.GREETING, file('/etc/greeter/greeting'), file('/srv/greeting')]));
`;

async function lookAtGreetings(cluster: CourseCluster): Promise<Verdict> {
  const settings = await cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace: NAMESPACE, name: 'settings' });
  if (settings === undefined)
    return notYet('there is no ConfigMap settings', 'Begin the lesson: kubectl create namespace lesson-10');
  const inMap = greetingOf(settings);
  const pods = (await podsOf(cluster, NAMESPACE, 'app=greeter')).filter(isReady);
  const pod = pods.at(-1);
  if (pod === undefined) return notYet('no Pod of greeter is ready', 'kubectl -n lesson-10 get pods');

  const { stdout } = await cluster.exec({ namespace: NAMESPACE, pod: pod.metadata.name }, ['node', '-e', READ]);
  const [environment, folder, subPath] = JSON.parse(stdout) as [string, string, string];
  const seen = `environment "${environment}", folder "${folder}", subPath "${subPath}"`;
  if (inMap !== WANTED) {
    if (environment !== WANTED)
      return notYet(`the ConfigMap says "${inMap}"`, 'Change the value in the ConfigMap settings.');
    return wrong(
      `${seen}: the value stands in the Deployment now, and the ConfigMap still says "${inMap}"`,
      'Take it out of the Deployment (kubectl -n lesson-10 rollout undo deployment/greeter), and change the ConfigMap.',
    );
  }
  if (environment !== WANTED || subPath !== WANTED) {
    return wrong(
      `${seen}: the ConfigMap is right, but the container was started before, and waiting will not help`,
      'Have new Pods made: kubectl -n lesson-10 rollout restart deployment/greeter',
    );
  }
  if (folder !== WANTED || pods.length > 1)
    return notYet(`${seen}, and ${pods.length} Pods`, 'Wait for the rollout to end.');
  return passed(`${seen}, all from the ConfigMap`);
}

function greetingOf(configMap: KubeObject): string {
  return (configMap as KubeObject & { data?: Record<string, string> }).data?.['greeting'] ?? '';
}
