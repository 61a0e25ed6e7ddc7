/** Mistakes for lesson 13. */
import type { WrongSolution } from './wrong-solution.ts';

const node = `node=$(kubectl get nodes -o jsonpath='{.items[0].metadata.name}')`;
const patch = (spec: object) =>
  `kubectl -n lesson-13 patch deployment guest -p '${JSON.stringify({ spec: { template: { spec } } })}'`;

export const wrong: readonly WrongSolution[] = [
  {
    check: 'invited',
    name: 'the taint removed',
    script: `${node}
kubectl taint node "$node" reserved=training:NoSchedule-`,
    reason: /no node has the taint reserved=training:NoSchedule any more/,
    undo: `${node}
kubectl taint node "$node" reserved=training:NoSchedule
kubectl -n lesson-13 delete pods -l app=guest`,
  },
  {
    check: 'invited',
    name: 'another value',
    script: patch({ tolerations: [{ key: 'reserved', value: 'guests', effect: 'NoSchedule' }] }),
    reason: /tolerates reserved=guests:NoSchedule, but the taint is reserved=training:NoSchedule/,
    undo: patch({ tolerations: null }),
  },
  {
    check: 'invited',
    name: 'every taint tolerated',
    script: patch({ tolerations: [{ operator: 'Exists' }] }),
    reason: /tolerates every taint there is/,
    undo: patch({ tolerations: null }),
  },
  {
    check: 'invited',
    name: 'the node by its name',
    script: `${node}
kubectl -n lesson-13 patch deployment guest -p '{"spec":{"template":{"spec":{"nodeName":"'"$node"'"}}}}'`,
    reason: /names the node .* itself: the scheduler is not asked/,
    undo: patch({ nodeName: null }),
  },
];
