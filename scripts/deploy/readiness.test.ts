import { expect, test } from 'vitest';
import type { KubeObject } from './kube-types.ts';
import { readinessOf } from './readiness.ts';
import { makeDeployment, makePod, UNREADY, waiting } from './testing/objects.ts';

function workload(kind: string, spec: object, status: object): KubeObject {
  return { apiVersion: 'apps/v1', kind, metadata: { name: 'x', generation: 1 }, spec, status };
}

const SEEN = { observedGeneration: 1 };
const SET = { ...SEEN, replicas: 2, readyReplicas: 2, updatedReplicas: 2, currentRevision: 'a', updateRevision: 'a' };

test.for<[string, KubeObject, string, string?]>([
  ['a complete Deployment', makeDeployment('x'), 'ready', 'has 1 of 1 Pods ready'],
  [
    'a status of an older spec',
    makeDeployment('x', { status: { observedGeneration: 1 } }),
    'progressing',
    'controller',
  ],
  ['a Deployment nobody has seen', { ...makeDeployment('x'), status: undefined }, 'progressing'],
  [
    'a Deployment scaled to 0',
    makeDeployment('x', { spec: { replicas: 0 }, status: { ...UNREADY, replicas: 0, updatedReplicas: 0 } }),
    'ready',
  ],
  ['old Pods', makeDeployment('x', { status: { replicas: 2 } }), 'progressing', 'old Pods: 1'],
  ['new Pods missing', makeDeployment('x', { status: { updatedReplicas: 0 } }), 'progressing', '0 of 1 new'],
  ['Pods not ready', makeDeployment('x', { status: UNREADY }), 'progressing', '0 of 1 Pods ready'],
  ['Pods not available', makeDeployment('x', { status: { availableReplicas: 0 } }), 'progressing', 'available'],
  [
    'a rollout that is too slow',
    makeDeployment('x', {
      status: {
        ...UNREADY,
        conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }],
      },
    }),
    'failed',
  ],
  ['a complete StatefulSet', workload('StatefulSet', { replicas: 2 }, SET), 'ready'],
  [
    'a StatefulSet in an update',
    workload('StatefulSet', { replicas: 2 }, { ...SET, updateRevision: 'b', updatedReplicas: 1 }),
    'progressing',
    '1 of 2 new',
  ],
  [
    'a StatefulSet with a partition',
    workload(
      'StatefulSet',
      { replicas: 2, updateStrategy: { rollingUpdate: { partition: 1 } } },
      { ...SET, updateRevision: 'b', updatedReplicas: 1 },
    ),
    'ready',
  ],
  [
    'a StatefulSet that is updated by hand',
    workload('StatefulSet', { replicas: 2, updateStrategy: { type: 'OnDelete' } }, { ...SET, updateRevision: 'b' }),
    'ready',
  ],
  ['a StatefulSet that shrinks', workload('StatefulSet', { replicas: 1 }, SET), 'progressing', 'are to end: 1'],
  [
    'a complete DaemonSet',
    workload('DaemonSet', {}, { ...SEEN, desiredNumberScheduled: 1, updatedNumberScheduled: 1, numberAvailable: 1 }),
    'ready',
  ],
  ['a DaemonSet without Pods yet', workload('DaemonSet', {}, { ...SEEN, desiredNumberScheduled: 1 }), 'progressing'],
  ['a running Job', workload('Job', {}, {}), 'progressing'],
  ['a completed Job', workload('Job', {}, { conditions: [{ type: 'Complete', status: 'True' }] }), 'ready'],
  [
    'a failed Job',
    workload('Job', {}, { conditions: [{ type: 'Failed', status: 'True', message: 'too often' }] }),
    'failed',
    'too often',
  ],
  ['a ready Pod', makePod(undefined, { app: {} }), 'ready'],
  [
    'a Pod that runs but is not ready',
    makePod(undefined, { app: waiting('CrashLoopBackOff') }),
    'progressing',
    'runs, but',
  ],
  ['a Pod that has completed', makePod(undefined, {}, { status: { phase: 'Succeeded' } }), 'ready'],
  [
    'an evicted Pod',
    makePod(undefined, {}, { status: { phase: 'Failed', reason: 'Evicted', message: 'low disk' } }),
    'failed',
    'Evicted: low disk',
  ],
  ['a bound claim', workload('PersistentVolumeClaim', {}, { phase: 'Bound' }), 'ready'],
  ['a claim that waits', workload('PersistentVolumeClaim', {}, { phase: 'Pending' }), 'progressing', 'is pending'],
  ['a lost claim', workload('PersistentVolumeClaim', {}, { phase: 'Lost' }), 'failed'],
  ['a namespace that ends', workload('Namespace', {}, { phase: 'Terminating' }), 'progressing'],
  [
    'an object that is being deleted',
    { ...makeDeployment('x'), metadata: { name: 'x', deletionTimestamp: '2026-11-23T10:00:00Z' } },
    'progressing',
    'being deleted',
  ],
  ['any other kind', workload('ConfigMap', {}, {}), 'ready', 'exists'],
])('%s', ([, object, state, message = '']) => {
  expect(readinessOf(object)).toEqual({ state, message: expect.stringContaining(message) as string });
});
