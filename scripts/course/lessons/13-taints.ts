/** Taints and tolerations, nodeSelector: which node a Pod may go to, and what Pending says. */
import type { KubeObject } from '../../deploy/kube-types.ts';
import type { CourseCluster, Lesson, Verdict } from '../lesson.ts';
import { runKubectlScript } from '../node-kubectl.ts';
import { isReady, podsOf } from '../pods.ts';
import { notYet, passed, wrong } from '../verdict.ts';

const NAMESPACE = 'lesson-13';
const TAINT = { key: 'reserved', value: 'training', effect: 'NoSchedule' } as const;
const TAINT_TEXT = `${TAINT.key}=${TAINT.value}:${TAINT.effect}`;

// A taint that is not there is an error for kubectl, a label that is not there is none.
const PUT_BACK = `kubectl get nodes -o name | while read -r node; do
  kubectl uncordon "$node"
  kubectl label "$node" disk-
  kubectl taint node "\${node#node/}" ${TAINT.key}- || [ -z "$(kubectl get "$node" -o yaml | grep 'key: ${TAINT.key}$')" ]
done`;

interface Toleration {
  readonly key?: string;
  readonly operator?: string;
  readonly value?: string;
  readonly effect?: string;
}

interface Node extends KubeObject {
  readonly spec: { readonly taints?: readonly { key: string; value?: string; effect: string }[] };
}

interface Deployment extends KubeObject {
  readonly spec: {
    readonly template: { readonly spec: { readonly nodeName?: string; readonly tolerations?: readonly Toleration[] } };
  };
}

export const lesson: Lesson = {
  number: 13,
  slug: 'taints',
  title: 'Taints and tolerations',
  question: 'Who decides which node a Pod goes to, and why does it wait?',
  minutes: 10,
  namespaces: [NAMESPACE],
  isDisturbing: true,
  restore: (cluster) => runKubectlScript(cluster, PUT_BACK),
  terms: [
    {
      name: 'taint',
      meaning:
        'A mark by which a node refuses Pods that do not tolerate it; `NoExecute` also evicts those that run there.',
      ecs: 'None: keep clusters or capacity providers apart.',
    },
    {
      name: 'toleration',
      meaning: 'Says in a Pod which taints it can stand: a permission to go to such a node, not a wish.',
      ecs: 'None.',
    },
    {
      name: 'nodeSelector',
      meaning: 'Labels that a node must have for the Pod to go there.',
      ecs: 'Placement constraint `memberOf` with attributes of container instances.',
    },
    {
      name: 'cordon',
      meaning: 'Marks a node so that no new Pods come to it; those that run there stay.',
      ecs: 'Container instance in state `DRAINING`, which also stops its tasks.',
    },
  ],
  checks: [
    {
      id: 'invited',
      task: `Let guest run on the node with the taint ${TAINT_TEXT}: it tolerates this one, and the scheduler places it.`,
      look: lookAtGuest,
    },
  ],
};

async function lookAtGuest(cluster: CourseCluster): Promise<Verdict> {
  const deployment = (await cluster.get({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    namespace: NAMESPACE,
    name: 'guest',
  })) as Deployment | undefined;
  if (deployment === undefined)
    return notYet('there is no Deployment guest', 'Follow the lesson to "The node refuses: a taint".');
  const { nodeName, tolerations = [] } = deployment.spec.template.spec;
  if (nodeName !== undefined) {
    return wrong(
      `guest names the node ${nodeName} itself: the scheduler is not asked, and nobody looks at the taint`,
      'Take nodeName out, and give guest a toleration.',
    );
  }
  const fault = lookAtTolerations(tolerations);
  const running = (await podsOf(cluster, NAMESPACE, 'app=guest')).find(isReady);
  const nodes = (await cluster.list({ apiVersion: 'v1', kind: 'Node' })) as Node[];
  const isTainted = nodes.some(({ spec: { taints = [] } }) =>
    taints.some((taint) => taint.key === TAINT.key && taint.value === TAINT.value && taint.effect === TAINT.effect),
  );
  if (!isTainted) {
    return wrong(
      `no node has the taint ${TAINT_TEXT} any more: now every Pod may go there, not guest alone`,
      `Put it back: kubectl taint node ${nodes[0]?.metadata.name} ${TAINT_TEXT}`,
    );
  }
  if (fault !== undefined) return fault;
  if (running === undefined)
    return notYet('guest tolerates the taint, but does not run yet', 'kubectl -n lesson-13 describe pods -l app=guest');
  return passed(`${running.metadata.name} runs on ${running.spec.nodeName}, which has the taint ${TAINT_TEXT}`);
}

/** Undefined if they tolerate the taint, and it alone. */
function lookAtTolerations(tolerations: readonly Toleration[]): Verdict | undefined {
  const [first] = tolerations;
  if (first === undefined)
    return notYet('guest tolerates nothing', 'See what it waits for: kubectl -n lesson-13 describe pods -l app=guest');
  const all = tolerations.find(({ key }) => key === undefined || key === '');
  if (all !== undefined) {
    return wrong(
      'guest tolerates every taint there is, and so also goes to nodes that are about to fail',
      `Name the one that is meant: key ${TAINT.key}.`,
    );
  }
  if (tolerations.some(tolerates)) return undefined;
  const { key, value, effect = 'any effect' } = first;
  return wrong(
    `guest tolerates ${key}${value === undefined ? '' : `=${value}`}:${effect}, but the taint is ${TAINT_TEXT}`,
    'Key, value and effect all have to be those of the taint.',
  );
}

function tolerates({ key, operator = 'Equal', value, effect = TAINT.effect }: Toleration): boolean {
  return key === TAINT.key && effect === TAINT.effect && (operator === 'Exists' || value === TAINT.value);
}
