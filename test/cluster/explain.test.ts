/** Pods broken in every way there is a word for, on the real cluster, and what explain says of each. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { explainNamespace } from '../../scripts/deploy/explain-namespace.ts';
import { createKubeClient, type KubeClient } from '../../scripts/deploy/kube-client.ts';
import { loadKubeConfig } from '../../scripts/deploy/kube-config.ts';
import type { KubeObject, PodSpec } from '../../scripts/deploy/kube-types.ts';
import { NAMESPACE } from '../support/kit.ts';

const namespace = `explain-test-${randomBytes(4).toString('hex')}`;
/** Long enough for a container to crash three times. */
const SEEN_MS = 240_000;

let client: KubeClient;
/** An image that is on the node and has a shell. */
let image: string;

const apply = (object: KubeObject) => client.apply(object, { force: true });
const namespaceRef = { apiVersion: 'v1', kind: 'Namespace', name: namespace };

beforeAll(async () => {
  client = await createKubeClient(await loadKubeConfig(inject('kubeconfigPath')));
  const catalog = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: NAMESPACE, name: 'catalog' };
  const { spec } = ((await client.read(catalog)) ?? {}) as { spec: { template: { spec: PodSpec } } };
  image = spec.template.spec.containers[0]?.image ?? '';
  // A run that was killed may have left it.
  await taintNode([]);
  await apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  // The header of a program for a processor that no machine of the kit has (s390x), and nothing after it.
  const header = Buffer.alloc(64);
  Buffer.from('7f454c4602020100', 'hex').copy(header);
  header.writeUInt16BE(2, 16);
  header.writeUInt16BE(22, 18);
  await apply({ ...object('ConfigMap', 'programs'), binaryData: { foreign: header.toString('base64') } });
  await apply({ ...object('Secret', 'present'), stringData: { key: 'x' } });
});

/** The taints of the kit's only node that are this test's; an empty list takes them away. */
async function taintNode(taints: readonly object[]): Promise<void> {
  const { items } = await client.list({ apiVersion: 'v1', kind: 'Node' });
  const name = items[0]?.metadata.name ?? '';
  await apply({ apiVersion: 'v1', kind: 'Node', metadata: { name }, spec: { taints } });
}

afterAll(async () => {
  await client.delete(namespaceRef, {});
  await client[Symbol.asyncDispose]();
});

function object(kind: string, name: string, spec?: object): KubeObject {
  return { apiVersion: 'v1', kind, metadata: { name, namespace }, ...(spec && { spec }) };
}

const shell = (script: string) => ({ command: ['sh', '-c', script] });
const forever = shell('echo waiting for nothing; exec sleep 3600');

interface Broken {
  readonly container?: object;
  readonly pod?: object;
  readonly code: string;
  /** What the words must hold. */
  readonly says: RegExp;
  readonly field: string;
  readonly of?: string;
  readonly log?: string;
}

const APP = 'spec.containers[name=app]';

const BROKEN: Readonly<Record<string, Broken>> = {
  'image-absent': {
    container: { image: 'pod-patterns/none:dev', imagePullPolicy: 'Never' },
    code: 'ErrImageNeverPull',
    says: /pod-patterns\/none:dev is not on the node/,
    field: `${APP}.image`,
  },
  'image-unpullable': {
    container: { image: 'localhost:1/none:1' },
    code: 'ErrImagePull',
    says: /localhost:1\/none:1 is not on the node and cannot be pulled/,
    field: `${APP}.image`,
  },
  'image-misnamed': {
    container: { image: 'https://registry/App' },
    code: 'InvalidImageName',
    says: /"https:\/\/registry\/App" is not a valid image name/,
    field: `${APP}.image`,
  },
  'config-map-absent': {
    container: { ...forever, envFrom: [{ configMapRef: { name: 'not-there' } }] },
    code: 'CreateContainerConfigError',
    says: /configmap "not-there" not found/,
    field: `${APP}.env`,
  },
  'secret-key-absent': {
    container: { ...forever, env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'present', key: 'other' } } }] },
    code: 'CreateContainerConfigError',
    says: /couldn't find key other in Secret/,
    field: `${APP}.env`,
  },
  crashes: {
    container: shell('echo cannot open the shop; exit 3'),
    code: 'CrashLoopBackOff',
    says: /ends again and again: exit code 3; restarts: [3-9]/,
    field: `${APP}.command`,
    log: 'cannot open the shop',
  },
  'killed-by-signal': {
    container: shell('exit 139'),
    code: 'CrashLoopBackOff',
    says: /killed by signal 11/,
    field: `${APP}.command`,
  },
  'out-of-memory': {
    container: { ...shell('tail /dev/zero'), resources: { limits: { memory: '24Mi' } } },
    code: 'OOMKilled',
    says: /more memory than its limit/,
    field: `${APP}.resources.limits.memory`,
  },
  'no-such-command': {
    container: { command: ['/no/such/program'] },
    code: 'RunContainerError',
    says: /no such file or directory/,
    field: `${APP}.command`,
  },
  'wrong-architecture': {
    container: { command: ['/programs/foreign'], volumeMounts: [{ name: 'programs', mountPath: '/programs' }] },
    pod: { volumes: [{ name: 'programs', configMap: { name: 'programs', defaultMode: 0o755 } }] },
    code: 'ExecFormatError',
    says: /another kind of processor/,
    field: `${APP}.image`,
  },
  'init-at-work': {
    container: forever,
    pod: { initContainers: [{ name: 'first', ...forever }] },
    code: 'InitRunning',
    says: /the containers after it wait/,
    field: '',
    of: 'first',
    log: 'waiting for nothing',
  },
  'init-fails': {
    container: forever,
    pod: { initContainers: [{ name: 'first', ...shell('echo no schema; exit 4') }] },
    code: 'CrashLoopBackOff',
    says: /exit code 4/,
    field: 'spec.initContainers[name=first].command',
    of: 'first',
    log: 'no schema',
  },
  'sidecar-not-started': {
    container: forever,
    pod: {
      initContainers: [
        {
          name: 'helper',
          restartPolicy: 'Always',
          ...forever,
          startupProbe: { exec: { command: ['false'] }, failureThreshold: 99 },
        },
      ],
    },
    code: 'NotStarted',
    says: /startup probe has not passed/,
    field: 'spec.initContainers[name=helper].startupProbe',
    of: 'helper',
  },
  'probe-refused': {
    container: { ...forever, readinessProbe: { httpGet: { port: 8080, path: '/ready' }, periodSeconds: 1 } },
    code: 'NotReady',
    says: /Readiness probe failed: .*connection refused/,
    field: `${APP}.readinessProbe`,
    log: 'waiting for nothing',
  },
  'probe-says-no': {
    container: {
      ...forever,
      readinessProbe: { exec: { command: ['sh', '-c', 'echo the till is empty; exit 1'] }, periodSeconds: 1 },
    },
    code: 'NotReady',
    says: /the till is empty/,
    field: `${APP}.readinessProbe`,
  },
  'selects-no-node': {
    container: forever,
    pod: { nodeSelector: { 'example.org/disk': 'fast' } },
    code: 'Unschedulable',
    says: /node affinity\/selector/,
    field: 'spec.nodeSelector',
  },
  'too-large': {
    container: { ...forever, resources: { requests: { cpu: '900' } } },
    code: 'Unschedulable',
    says: /Insufficient cpu/,
    field: 'spec.containers[*].resources.requests',
  },
  'claim-absent': {
    container: forever,
    pod: { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'not-there' } }] },
    code: 'Unschedulable',
    says: /persistentvolumeclaim "not-there" not found/,
    field: 'spec.volumes',
  },
  'volume-absent': {
    container: { ...forever, volumeMounts: [{ name: 'settings', mountPath: '/settings' }] },
    pod: { volumes: [{ name: 'settings', configMap: { name: 'not-there' } }] },
    code: 'FailedMount',
    says: /configmap "not-there" not found/,
    field: 'spec.volumes',
  },
};

function brokenPod(name: string, { container, pod }: Pick<Broken, 'container' | 'pod'>): KubeObject {
  const { initContainers = [], ...spec } = (pod ?? {}) as { initContainers?: readonly object[] };
  return object('Pod', name, {
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: 0,
    ...spec,
    initContainers: initContainers.map((init) => ({ image, ...init })),
    containers: [{ name: 'app', image, ...container }],
  });
}

const explain = (name: string) => explainNamespace(client, { namespace, name });

test('all of them are made at once', async () => {
  await Promise.all(Object.entries(BROKEN).map(([name, broken]) => apply(brokenPod(name, broken))));
  expect((await explain('Pod/')).objects).toHaveLength(Object.keys(BROKEN).length);
});

test.each(Object.entries(BROKEN))('%s', { timeout: SEEN_MS + 10_000 }, async (name, { code, says, field, of, log }) => {
  const expected = {
    code,
    object: `Pod/${name}`,
    ...(field !== '' && { field }),
    ...(field.includes('[name=') && { container: of ?? 'app' }),
    reason: expect.stringMatching(says) as string,
    fix: expect.stringMatching(/\w/) as string,
    command: expect.stringContaining(`-n ${namespace}`) as string,
    ...(log !== undefined && { logTail: [log] }),
  };
  await expect
    .poll(async () => (await explain(`Pod/${name}`)).problems, { timeout: SEEN_MS, interval: 1_000 })
    .toMatchObject([expected]);
});

test('a taint that the Pod does not tolerate is named', async () => {
  await taintNode([{ key: 'example.org/for', value: 'somebody-else', effect: 'NoSchedule' }]);
  try {
    await apply(brokenPod('tainted', { container: forever }));
    await expect
      .poll(async () => (await explain('Pod/tainted')).problems)
      .toMatchObject([
        {
          code: 'Unschedulable',
          field: 'spec.tolerations',
          reason: expect.stringContaining('example.org/for') as string,
          fix: expect.stringContaining('toleration') as string,
        },
      ]);
  } finally {
    await taintNode([]);
  }
});

test('a claim that waits for its first Pod, and a load balancer without a provider, are normal', async () => {
  const resources = { requests: { storage: '1Mi' } };
  await apply(object('PersistentVolumeClaim', 'patient', { accessModes: ['ReadWriteOnce'], resources }));
  await apply(
    object('PersistentVolumeClaim', 'lost', { accessModes: ['ReadWriteOnce'], resources, storageClassName: 'no' }),
  );
  await apply(object('Service', 'outside', { type: 'LoadBalancer', ports: [{ port: 80 }] }));
  await expect
    .poll(() => explain('PersistentVolumeClaim/patient'))
    .toMatchObject({ problems: [], notes: [expect.stringContaining('normal') as string] });
  expect(await explain('Service/outside')).toMatchObject({
    problems: [],
    notes: [expect.stringContaining('normal here') as string],
  });
  await expect
    .poll(async () => (await explain('PersistentVolumeClaim/lost')).problems)
    .toMatchObject([{ code: 'ClaimPending', reason: expect.stringContaining('"no" not found') as string }]);
});

test('a name that nothing has is answered with those there are', async () => {
  await expect(explain('nothing')).rejects.toMatchObject({
    code: 'OBJECT_ABSENT',
    remedy: expect.stringContaining('image-absent') as string,
  });
});
