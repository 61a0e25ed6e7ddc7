import type { WrongSolution } from './wrong-solution.ts';

const keep = (url: string): string => `id=wrong-$RANDOM$RANDOM
curl -fsS -o /dev/null -H "x-request-id: $id" ${url}
kubectl -n lesson-combined create configmap trace --from-literal=request-id=$id`;

const FORGET = 'kubectl -n lesson-combined delete configmap trace';

export const wrong: readonly WrongSolution[] = [
  {
    check: 'one-request',
    name: 'the Pod with the ambassador alone',
    script: keep('http://127.0.0.1:8080/orders/17'),
    reason: /went through the Pod ambassador/,
    undo: FORGET,
  },
  {
    check: 'one-request',
    name: 'a request that needs no catalog',
    script: keep('http://127.0.0.1:8083/health'),
    reason: /answered \/health by itself/,
    undo: FORGET,
  },
  {
    check: 'which-commit',
    name: 'the branch in place of the commit',
    script: `kubectl -n lesson-combined patch configmap trace --type=merge -p '{"data":{"commit":"main"}}'`,
    reason: /"main" is not a commit/,
    undo: `kubectl -n lesson-combined patch configmap trace --type=json -p '[{"op":"remove","path":"/data/commit"}]'`,
  },
];
