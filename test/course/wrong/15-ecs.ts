import type { WrongSolution } from './wrong-solution.ts';

/** Takes the last container, git-sync, to the front, with what else the mistake makes of it. */
const moveToFront = (
  gitSync: string,
  pod: string,
) => `kubectl -n lesson-ecs get deployment site -o json > /tmp/lesson-ecs.json
node -e '
  const site = JSON.parse(require("node:fs").readFileSync("/tmp/lesson-ecs.json", "utf8"));
  const { spec } = site.spec.template;
  const gitSync = spec.containers.pop();
  Object.assign(spec, { initContainers: [Object.assign(gitSync, ${gitSync})] }, ${pod});
  console.log(JSON.stringify({ spec: { template: { spec } } }));
' > /tmp/lesson-ecs-patch.json
kubectl -n lesson-ecs patch deployment site --type=merge --patch-file=/tmp/lesson-ecs-patch.json
rm /tmp/lesson-ecs.json /tmp/lesson-ecs-patch.json
`;

const PROBE = '{ startupProbe: { httpGet: { path: "/readyz", port: 9902 }, periodSeconds: 1, failureThreshold: 60 }';

const undo = `kubectl -n lesson-ecs delete deployment site --wait=false
kubectl apply -k manifests/concepts/15-ecs/site
`;

export const wrong: readonly WrongSolution[] = [
  {
    check: 'order-and-signal',
    name: 'an init container that would have to end',
    script: moveToFront('{ livenessProbe: undefined }', '{ shareProcessNamespace: true }'),
    reason: /nginx waits until git-sync has ended/,
    undo,
  },
  {
    check: 'order-and-signal',
    name: 'the processes of the whole node',
    script: moveToFront(`${PROBE}, restartPolicy: "Always" }`, '{ hostPID: true }'),
    reason: /its pidMode is host/,
    undo,
  },
  {
    check: 'order-and-signal',
    name: 'a sidecar that has started as soon as it runs',
    script: moveToFront('{ restartPolicy: "Always" }', '{ shareProcessNamespace: true }'),
    reason: /waits until git-sync runs \(START\)/,
    undo,
  },
];
