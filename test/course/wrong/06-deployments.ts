/** Mistakes for lesson 6. Both begin where version "three" does not start, with version 2 serving. */
import type { WrongSolution } from './wrong-solution.ts';

const fail = `kubectl -n lesson-06 set env deployment/web VERSION=2
kubectl -n lesson-06 rollout status deployment/web
kubectl -n lesson-06 set env deployment/web VERSION=three`;

export const wrong: readonly WrongSolution[] = [
  {
    check: 'rolled-back',
    name: 'a revision too far',
    script: `kubectl -n lesson-06 rollout undo deployment/web --to-revision=1
kubectl -n lesson-06 rollout status deployment/web`,
    reason: /answers with version 1, but version 2 was the last that worked/,
    undo: fail,
  },
  {
    check: 'rolled-back',
    name: 'a new Deployment from the file',
    script: `kubectl -n lesson-06 delete deployment web
kubectl -n lesson-06 apply -f manifests/concepts/web/deployment.yaml`,
    reason: /made anew: its revisions are gone/,
    // The Service as well, so that it is again the younger one.
    undo: `kubectl -n lesson-06 delete service web
kubectl -n lesson-06 apply -f manifests/concepts/web
${fail}`,
  },
];
