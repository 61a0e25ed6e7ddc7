/** StatefulSets: Pods that are somebody, each with data of its own. */
import type { CourseCluster, Lesson, Verdict } from '../lesson.ts';
import { isReady, podsOf } from '../pods.ts';
import { notYet, passed, wrong } from '../verdict.ts';

const NAMESPACE = 'lesson-12';
const ORDINALS = [0, 1, 2] as const;

export const lesson: Lesson = {
  number: 12,
  slug: 'statefulsets',
  title: 'StatefulSets',
  question: 'What if it does matter which Pod it is?',
  minutes: 12,
  namespaces: [NAMESPACE],
  terms: [
    {
      name: 'StatefulSet',
      meaning: 'Keeps a number of Pods that differ: each has a number, a name that stays, and a claim of its own.',
      ecs: 'None; one service for each, or a managed database.',
    },
    {
      name: 'ordinal',
      meaning: 'The number of a Pod in its StatefulSet: counter-0 is made first and replaced last.',
      ecs: 'None: tasks of a service are interchangeable.',
    },
    {
      name: 'volume claim template',
      meaning: 'What a StatefulSet makes the claim of each Pod after; the claims stay when Pods go.',
      ecs: 'The volume configuration of a service; but its volumes end with their tasks.',
    },
    {
      name: 'stable identity',
      meaning: 'A Pod that is replaced by one with the same name, the same DNS name and the same data.',
      ecs: 'A Cloud Map name for a service of one task.',
    },
  ],
  checks: [
    {
      id: 'one-anew',
      task: 'Let counter-1 begin anew with a new volume; counter-0 and counter-2 keep their counts.',
      look: lookAtCounters,
    },
  ],
};

interface Counter {
  readonly name: string;
  readonly count: number;
  /** Its claim was there before the task. */
  readonly isMarked: boolean;
}

async function lookAtCounters(cluster: CourseCluster): Promise<Verdict> {
  const pods = (await podsOf(cluster, NAMESPACE, 'app=counter')).filter(isReady);
  if (pods.length < ORDINALS.length) {
    return notYet(`${pods.length} of 3 counters are ready`, 'kubectl -n lesson-12 rollout status statefulset/counter');
  }
  const counters = await Promise.all(ORDINALS.map((ordinal) => readCounter(cluster, ordinal)));
  const seen = counters.map(({ name, count }) => `${name} ${count}`).join(', ');
  if (!counters.some(({ isMarked }) => isMarked)) {
    return notYet('no claim is marked', 'Follow the lesson to "Your turn", and run the command there.');
  }
  const [, second] = counters;
  const lost = counters.find((counter) => counter !== second && (!counter.isMarked || counter.count === 0));
  if (lost !== undefined) {
    return wrong(
      `${seen}: ${lost.name} has lost its count too`,
      'That cannot be brought back. Begin again: let each of them count, mark the claims, and renew that of counter-1 only.',
    );
  }
  if (second?.isMarked === false) return passed(`${seen}; only counter-1 has a new claim`);
  if (second?.count === 0) {
    return wrong(
      `${seen}: the file of counter-1 is gone, but the claim is still the old one, with the damaged volume`,
      'Have its claim made again: a StatefulSet makes one wherever it is missing.',
    );
  }
  return notYet(
    `${seen}: counter-1 has its old claim`,
    'See what belongs to it: kubectl -n lesson-12 describe pod counter-1',
  );
}

async function readCounter(cluster: CourseCluster, ordinal: number): Promise<Counter> {
  const name = `counter-${ordinal}`;
  const { stdout } = await cluster.exec({ namespace: NAMESPACE, pod: name }, ['sh', '-c', 'cat /data/count || echo 0']);
  const claim = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace: NAMESPACE, name: `data-${name}` };
  const labels = (await cluster.get(claim))?.metadata.labels ?? {};
  return { name, count: Number(stdout), isMarked: labels['made'] === 'before' };
}
