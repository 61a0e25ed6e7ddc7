import type { WrongSolution } from './wrong-solution.ts';

const RUN = `kubectl -n lesson-cluster run placed --image=pod-patterns/nginx:dev --image-pull-policy=IfNotPresent`;
const DELETE = 'kubectl -n lesson-cluster delete pod placed --now';

export const wrong: readonly WrongSolution[] = [
  {
    check: 'without-scheduler',
    name: 'the scheduler at work as always',
    script: RUN,
    reason: /the scheduler has placed it/,
    undo: DELETE,
  },
  {
    check: 'without-scheduler',
    name: 'a Pod that waits for the scheduler',
    // `aside` and `back` are functions that the page has defined.
    script: `aside kube-scheduler\n${RUN}`,
    reason: /has no node: it waits for the scheduler/,
    undo: `${DELETE}\nback kube-scheduler`,
  },
];
