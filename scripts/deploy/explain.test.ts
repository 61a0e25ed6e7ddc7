import { expect, test } from 'vitest';
import { startFakeApiServer } from '../../test/support/fake-api-server.ts';
import { addDetails, explainObject } from './explain.ts';
import { createKubeClient } from './kube-client.ts';
import type { Workload } from './kube-types.ts';
import type { NamespaceState } from './namespace-state.ts';
import { makeProblem } from './problem.ts';
import {
  EMPTY_STATE,
  makeDeployment,
  makeEvent,
  makePod,
  makeReplicaSet,
  UNREADY,
  waiting,
  type ContainerParts,
} from './testing/objects.ts';

const deployment = makeDeployment('shop', { status: UNREADY });
const replicaSet = makeReplicaSet(deployment);

function stateWith(parts: Partial<NamespaceState>): NamespaceState {
  return { ...EMPTY_STATE, deployments: [deployment], replicaSets: [replicaSet], ...parts };
}

function explainContainer(parts: ContainerParts) {
  return explainObject(deployment, stateWith({ pods: [makePod(replicaSet, { app: parts })] }));
}

const ended = (exitCode: number, reason = 'Error', message?: string) => ({
  terminated: { exitCode, reason, ...(message !== undefined && { message }) },
});

test('explains an image of ours that was not loaded into the node, in plain words', () => {
  expect(
    explainContainer(waiting('ErrImageNeverPull', 'Container image is not present with pull policy of Never')),
  ).toEqual([
    {
      code: 'ErrImageNeverPull',
      object: 'Pod/shop-2-x',
      container: 'app',
      field: 'spec.containers[name=app].image',
      reason: 'the image pod-patterns/app:1 is not on the node, and its pull policy forbids to fetch it',
      fix: 'Run `npm run up`: it builds the image and loads it into the node.',
      command: 'kubectl -n kit describe pod/shop-2-x',
    },
  ]);
});

test.for<[string, ContainerParts, object]>([
  [
    'a pull that fails',
    waiting('ErrImagePull', 'not found'),
    { code: 'ErrImagePull', reason: expect.stringContaining('not found') },
  ],
  ['the pause after it, as the same', waiting('ImagePullBackOff'), { code: 'ErrImagePull' }],
  [
    'an image of somebody else',
    { ...waiting('ErrImagePull'), container: { image: 'nginx:nope' } },
    { fix: expect.stringContaining('registry') },
  ],
  ['a bad image name', waiting('InvalidImageName'), { code: 'InvalidImageName' }],
  [
    'a missing ConfigMap',
    waiting('CreateContainerConfigError', 'configmap "settings" not found'),
    { code: 'CreateContainerConfigError', reason: expect.stringContaining('configmap "settings" not found') },
  ],
  [
    'a container that cannot be created',
    waiting('CreateContainerError', 'no command'),
    { code: 'CreateContainerError' },
  ],
  ['one that cannot be started', waiting('RunContainerError', 'exec: "x"'), { code: 'RunContainerError' }],
  [
    'the same, after the attempt',
    { ready: false, state: ended(128, 'StartError', 'exec: "x"') },
    { code: 'RunContainerError' },
  ],
  [
    'the same, in the pause after it',
    { ...waiting('CrashLoopBackOff'), restartCount: 1, lastState: ended(128, 'StartError', 'exec: "x"') },
    { code: 'RunContainerError', reason: 'the container cannot be started: exec: "x"' },
  ],
  [
    'a crash, for the third time',
    { ...waiting('CrashLoopBackOff'), restartCount: 3, lastState: ended(7) },
    {
      code: 'CrashLoopBackOff',
      reason: 'the program ends again and again: exit code 7; restarts: 3',
      command: 'kubectl -n kit logs shop-2-x -c app',
    },
  ],
  [
    'the same, while its status still shows how it ended',
    { ready: false, restartCount: 3, state: ended(7), lastState: ended(7) },
    {
      code: 'CrashLoopBackOff',
      reason: 'the program ends again and again: exit code 7; restarts: 3',
      command: 'kubectl -n kit logs shop-2-x -c app',
    },
  ],
  [
    'a sidecar that ends without an error, for the third time',
    {
      ready: false,
      isInit: true,
      container: { restartPolicy: 'Always' },
      restartCount: 3,
      state: ended(0, 'Completed'),
      lastState: ended(0, 'Completed'),
    },
    { code: 'CrashLoopBackOff', field: 'spec.initContainers[name=app].command' },
  ],
  ['a crash that may be an accident', { ...waiting('CrashLoopBackOff'), restartCount: 2 }, { code: 'Restarting' }],
  [
    'a signal',
    { ready: false, state: ended(139) },
    { code: 'ContainerEnded', reason: 'the program has ended: killed by signal 11' },
  ],
  [
    'an exit code that is too high for a signal, as after a restart of the node',
    { ready: false, state: ended(255, 'Unknown') },
    { code: 'ContainerEnded', reason: 'the program has ended: exit code 255 (Unknown)' },
  ],
  [
    'too much memory',
    { ...waiting('CrashLoopBackOff'), restartCount: 4, lastState: ended(137, 'OOMKilled') },
    { code: 'OOMKilled' },
  ],
  ['the same, the first time', { ready: false, state: ended(137, 'OOMKilled') }, { code: 'OOMKilled' }],
  [
    'the same, while its status still shows how it ended',
    { ready: false, restartCount: 4, state: ended(137, 'OOMKilled'), lastState: ended(137, 'OOMKilled') },
    { code: 'OOMKilled' },
  ],
  ['a readiness probe', { ready: false }, { code: 'NotReady', command: 'kubectl -n kit logs shop-2-x -c app' }],
  ['a startup probe', { ready: false, started: false }, { code: 'NotStarted' }],
  ['an init container at work', { isInit: true, ready: false }, { code: 'InitRunning' }],
  [
    'an init container that crashes',
    { ...waiting('CrashLoopBackOff'), isInit: true, restartCount: 5 },
    { code: 'CrashLoopBackOff', container: 'app' },
  ],
  [
    'a sidecar that is not ready',
    { isInit: true, ready: false, container: { restartPolicy: 'Always' } },
    { code: 'NotReady' },
  ],
  ['a container that is still made', waiting('ContainerCreating'), { code: 'Waiting', object: 'Pod/shop-2-x' }],
])('explains %s', ([, parts, expected]) => {
  expect(explainContainer(parts)).toEqual([expect.objectContaining(expected)]);
});

test('takes what a probe says from the newest event of that container', () => {
  const pod = makePod(replicaSet, { app: { ready: false } });
  const events = [
    makeEvent(pod, 'Unhealthy', 'connection refused', { container: 'app', at: '2026-11-23T10:00:01Z' }),
    makeEvent(pod, 'Unhealthy', 'statuscode: 503', { container: 'app', at: '2026-11-23T10:00:09Z' }),
    makeEvent(pod, 'Unhealthy', 'of a neighbour', { container: 'other', at: '2026-11-23T10:00:10Z' }),
  ];
  const [problem] = explainObject(deployment, stateWith({ pods: [pod], events }));
  expect(problem?.reason).toContain('Unhealthy: statuscode: 503');
});

test.for<[string, object, string, string]>([
  [
    'no room',
    {
      conditions: [
        { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/1 nodes: Insufficient memory' },
      ],
    },
    'Unschedulable',
    'Insufficient memory',
  ],
  ['an eviction', { phase: 'Failed', reason: 'Evicted', message: 'low on disk' }, 'PodFailed', 'Evicted: low on disk'],
])('explains a Pod with %s', ([, status, code, message]) => {
  const pod = makePod(replicaSet, { app: waiting('ContainerCreating') }, { status: { phase: 'Pending', ...status } });
  const problems = explainObject(deployment, stateWith({ pods: [pod] }));
  expect(problems).toEqual([expect.objectContaining({ code, reason: expect.stringContaining(message) as string })]);
});

test.for([
  ['0/1 nodes are available: 1 node(s) had untolerated taint {dedicated: gpu}.', 'spec.tolerations', 'toleration'],
  [
    "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.",
    'spec.nodeSelector',
    '--show-labels',
  ],
  ['0/1 nodes are available: persistentvolumeclaim "data" not found.', 'spec.volumes', 'Create the claim'],
  ['0/1 nodes are available: 1 Insufficient cpu.', 'spec.containers[*].resources.requests', 'Lower'],
] as const)('names the field that keeps a Pod from being scheduled: %s', ([message, field, fix]) => {
  const conditions = [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }];
  const pod = makePod(replicaSet, {}, { status: { phase: 'Pending', conditions } });
  expect(explainObject(deployment, stateWith({ pods: [pod] }))).toMatchObject([
    { code: 'Unschedulable', field, fix: expect.stringContaining(fix) as string },
  ]);
});

test('explains a volume that cannot be mounted from the events of the Pod', () => {
  const pod = makePod(replicaSet, { app: waiting('ContainerCreating') });
  const events = [makeEvent(pod, 'FailedMount', 'configmap "site" not found')];
  expect(explainObject(deployment, stateWith({ pods: [pod], events }))).toEqual([
    expect.objectContaining({
      code: 'FailedMount',
      reason: expect.stringContaining('configmap "site" not found') as string,
    }),
  ]);
});

test.each([
  ['exceeded quota: small', 'ResourceQuota'],
  ['violates PodSecurity "restricted:latest"', 'securityContext'],
])('explains Pods that are refused: %s', (message, fix) => {
  const conditions = [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message }];
  const refused = makeReplicaSet(deployment, 2, { status: { conditions } });
  expect(explainObject(deployment, stateWith({ replicaSets: [refused] }))).toEqual([
    expect.objectContaining({
      code: 'FailedCreate',
      object: 'Deployment/shop',
      reason: `its Pods are refused: ${message}`,
      fix: expect.stringContaining(fix) as string,
    }),
  ]);
});

test('explains a StatefulSet whose Pods are refused from its events', () => {
  const statefulSet: Workload = {
    ...deployment,
    kind: 'StatefulSet',
    metadata: { name: 's', namespace: 'kit', uid: 's' },
  };
  const events = [makeEvent(statefulSet, 'FailedCreate', 'exceeded quota')];
  expect(explainObject(statefulSet, stateWith({ events }))).toMatchObject([{ code: 'FailedCreate' }]);
});

test('does not blame the Pods of an older version', () => {
  const crashing = { ...waiting('CrashLoopBackOff'), restartCount: 9 };
  const oldPod = makePod(makeReplicaSet(deployment, 1), { app: crashing });
  const replicaSets = [makeReplicaSet(deployment, 1), replicaSet];
  expect(explainObject(deployment, stateWith({ replicaSets, pods: [oldPod] }))).toMatchObject([{ code: 'Waiting' }]);

  const unseen = makeDeployment('shop', { status: { ...UNREADY, observedGeneration: 1 } });
  const pods = [makePod(replicaSet, { app: crashing })];
  expect(explainObject(unseen, stateWith({ pods }))).toMatchObject([
    { code: 'Waiting', reason: expect.stringContaining('controller') as string },
  ]);
});

test('has nothing to say about what is ready, completed or on its way out', () => {
  expect(explainObject(makeDeployment('shop'), stateWith({}))).toEqual([]);
  const metadata = { deletionTimestamp: '2026-11-23T10:00:00Z' };
  const leaving = makePod(replicaSet, { app: { ready: false } }, { metadata });
  expect(explainObject(deployment, stateWith({ pods: [leaving] }))).toMatchObject([
    { code: 'Waiting', object: 'Deployment/shop' },
  ]);
  const done = makePod(replicaSet, {
    seed: { isInit: true, ready: true, state: ended(0, 'Completed') },
    app: { ready: false },
  });
  expect(explainObject(deployment, stateWith({ pods: [done] }))).toMatchObject([
    { code: 'NotReady', container: 'app' },
  ]);
});

test('adds the last lines of the log that tells more, and finds a wrong processor in them', async () => {
  await using server = await startFakeApiServer();
  await using client = await createKubeClient(server.kubeConfig);
  const ref = { kind: 'Pod', namespace: 'kit', name: 'shop-x' };
  const crash = makeProblem('CrashLoopBackOff', { ref, container: 'app' });
  const path = '/api/v1/namespaces/kit/pods/shop-x/log';
  server.pages.set(path, { status: 200, text: 'starting\nfatal: no settings\n' });
  expect(await addDetails(client, 'kit', [crash])).toEqual([{ ...crash, logTail: ['starting', 'fatal: no settings'] }]);
  expect(Object.fromEntries(server.requests.at(-1)?.query ?? [])).toEqual({
    container: 'app',
    tailLines: '20',
  });

  server.pages.set(path, { status: 200, text: 'exec /app/server: exec format error' });
  expect(await addDetails(client, 'kit', [crash])).toMatchObject([
    { code: 'ExecFormatError', object: 'Pod/shop-x', container: 'app' },
  ]);

  server.pages.set(path, { status: 400, text: 'container not found' });
  expect(await addDetails(client, 'kit', [crash])).toEqual([crash]);
  server.fault = () => 'reset';
  expect(await addDetails(client, 'kit', [crash])).toEqual([crash]);
});
