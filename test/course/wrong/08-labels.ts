/** Mistakes for lesson 8. */
import type { WrongSolution } from './wrong-solution.ts';

const find = `suspect=$(kubectl -n lesson-08 get deployment stable -o jsonpath='{.metadata.annotations.suspect}')`;

export const wrong: readonly WrongSolution[] = [
  {
    check: 'set-aside',
    name: 'the Pod deleted',
    script: `${find}
kubectl -n lesson-08 delete pod "$suspect"`,
    reason: /was deleted, and what was wrong with it went too/,
    undo: `suspect=$(kubectl -n lesson-08 get pods -l app=web -o jsonpath='{.items[0].metadata.name}')
kubectl -n lesson-08 exec "$suspect" -- touch /tmp/broken
kubectl -n lesson-08 annotate deployment stable suspect="$suspect" --overwrite`,
  },
  {
    check: 'set-aside',
    name: 'a label that nobody asks for',
    script: `${find}
kubectl -n lesson-08 label pod "$suspect" broken=yes`,
    reason: /new label broken=yes, but the Service asks for app=web only/,
    undo: `${find}
kubectl -n lesson-08 label pod "$suspect" broken-`,
  },
  {
    check: 'set-aside',
    name: 'the fault removed',
    script: `${find}
kubectl -n lesson-08 exec "$suspect" -- rm /tmp/broken`,
    reason: /no longer has its fault/,
    undo: `${find}
kubectl -n lesson-08 exec "$suspect" -- touch /tmp/broken`,
  },
];
