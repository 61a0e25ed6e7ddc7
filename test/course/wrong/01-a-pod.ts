import type { WrongSolution } from './wrong-solution.ts';

const replaceWith = (...edits: string[]): string =>
  `sed ${edits.map((edit) => `-e '${edit}'`).join(' ')} manifests/concepts/01-a-pod/pair.yaml |
    kubectl replace --force --grace-period=1 -f -
  kubectl -n lesson-pod wait --for=condition=Ready pod/pair --timeout=60s`;

const SHARE = 's/shareProcessNamespace: false/shareProcessNamespace: true/';

export const wrong: readonly WrongSolution[] = [
  {
    check: 'sees-processes',
    name: 'the processes of the whole node',
    script: replaceWith('s/shareProcessNamespace: false/hostPID: true/'),
    reason: /the kubelet too: that is the process namespace of the node/,
    undo: replaceWith(''),
  },
  {
    check: 'may-signal',
    name: 'root with the capability KILL',
    script: replaceWith(SHARE, 's/runAsUser: 10001/runAsUser: 0/', 's/drop: .ALL./add: [KILL]/'),
    reason: /UID 0 with the capabilities 0x[0-9a-f]+: far more power/,
    undo: replaceWith(SHARE),
  },
  {
    check: 'may-signal',
    name: 'root without capabilities',
    script: replaceWith(SHARE, 's/runAsUser: 10001/runAsUser: 0/'),
    reason: /root without capabilities, .* EPERM/,
    undo: replaceWith(SHARE),
  },
];
