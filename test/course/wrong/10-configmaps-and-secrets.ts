/** Mistakes for lesson 10. Both begin where the ConfigMap says "Good evening". */
import type { WrongSolution } from './wrong-solution.ts';

export const wrong: readonly WrongSolution[] = [
  {
    check: 'good-night',
    name: 'the ConfigMap alone',
    script: `kubectl -n lesson-10 patch configmap settings -p '{"data":{"greeting":"Good night"}}'`,
    reason: /the container was started before, and waiting will not help/,
    undo: `kubectl -n lesson-10 patch configmap settings -p '{"data":{"greeting":"Good evening"}}'`,
  },
  {
    check: 'good-night',
    name: 'the value in the Deployment',
    script: `kubectl -n lesson-10 set env deployment/greeter GREETING='Good night'
kubectl -n lesson-10 rollout status deployment/greeter`,
    reason: /stands in the Deployment now, and the ConfigMap still says "Good evening"/,
    undo: `kubectl -n lesson-10 rollout undo deployment/greeter
kubectl -n lesson-10 rollout status deployment/greeter`,
  },
];
