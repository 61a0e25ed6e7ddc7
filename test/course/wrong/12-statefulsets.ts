/** Mistakes for lesson 12. */
import type { WrongSolution } from './wrong-solution.ts';

const ask = (name: string) =>
  `timeout 30 sh -c 'until kubectl -n lesson-12 exec deploy/client -- ask http://${name}.counter:8080 | grep counted; do sleep 0.5; done'`;

export const wrong: readonly WrongSolution[] = [
  {
    check: 'one-anew',
    name: 'only the file removed',
    script: 'kubectl -n lesson-12 exec counter-1 -- rm /data/count',
    reason: /the file of counter-1 is gone, but the claim is still the old one/,
    undo: ask('counter-1'),
  },
  {
    check: 'one-anew',
    name: 'claims deleted by scaling',
    script: `kubectl -n lesson-12 patch statefulset counter -p '{"spec":{"persistentVolumeClaimRetentionPolicy":{"whenScaled":"Delete"}}}'
kubectl -n lesson-12 scale statefulset counter --replicas=1
kubectl -n lesson-12 wait persistentvolumeclaim/data-counter-1 persistentvolumeclaim/data-counter-2 --for=delete --timeout=60s
kubectl -n lesson-12 scale statefulset counter --replicas=3
kubectl -n lesson-12 rollout status statefulset/counter`,
    reason: /counter-2 has lost its count too/,
    undo: `kubectl -n lesson-12 patch statefulset counter -p '{"spec":{"persistentVolumeClaimRetentionPolicy":{"whenScaled":"Retain"}}}'
${ask('counter-1')}
${ask('counter-2')}
kubectl -n lesson-12 label persistentvolumeclaims -l app=counter made=before --overwrite`,
  },
];
