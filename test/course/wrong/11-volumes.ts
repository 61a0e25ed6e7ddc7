/** Mistakes for lesson 11. */
import type { WrongSolution } from './wrong-solution.ts';

const restore = `sed 's/name: diary/name: restored/' manifests/concepts/11-volumes/claim.yaml | kubectl -n lesson-11 apply -f -
sed 's/claimName: diary/claimName: restored/' manifests/concepts/11-volumes/deployment.yaml |
  kubectl -n lesson-11 apply -f -
kubectl -n lesson-11 rollout status deployment/diary`;

/** Back to a claim diary with a line in it. */
const undo = `kubectl -n lesson-11 scale deployment/diary --replicas=0
kubectl -n lesson-11 delete persistentvolumeclaim restored
kubectl -n lesson-11 apply -f manifests/concepts/11-volumes
kubectl -n lesson-11 rollout status deployment/diary
kubectl -n lesson-11 exec deploy/diary -- sh -c 'echo "dear diary" > /data/note'`;

export const wrong: readonly WrongSolution[] = [
  {
    check: 'restored',
    name: 'the claim deleted as it is',
    script: `kubectl -n lesson-11 scale deployment/diary --replicas=0
kubectl -n lesson-11 delete persistentvolumeclaim diary
${restore}`,
    reason: /new, empty volume .* was deleted with its claim/,
    undo,
  },
  {
    check: 'restored',
    name: 'the volume kept, but not named',
    script: `volume=$(kubectl -n lesson-11 get persistentvolumeclaim diary -o jsonpath='{.spec.volumeName}')
kubectl patch persistentvolume "$volume" -p '{"spec":{"persistentVolumeReclaimPolicy":"Retain"}}'
kubectl -n lesson-11 scale deployment/diary --replicas=0
kubectl -n lesson-11 delete persistentvolumeclaim diary
${restore}`,
    reason: /new, empty volume .* is kept, but nobody has it/,
    // The kept volume goes as well, once it may.
    undo: `volume=$(kubectl get persistentvolumes -o jsonpath='{.items[?(@.spec.claimRef.name=="diary")].metadata.name}')
kubectl patch persistentvolume "$volume" -p '{"spec":{"persistentVolumeReclaimPolicy":"Delete"}}'
${undo}`,
  },
];
