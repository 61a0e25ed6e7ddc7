import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadManifests } from '../deploy/load-manifests.ts';
import { brokenRules } from './ecs-rules.ts';
import { taskDefinitionOf } from './task-definition.ts';
import { workloadOf, workloadWith } from './testing.ts';
import { unmappedFields } from './unmapped.ts';
import { workloadsOf } from './workload.ts';

const manifests = await loadManifests(join(import.meta.dirname, '../../manifests'));
const kit = workloadsOf(manifests.map(({ object }) => object)).map((workload) => ({
  name: workload.deployment.metadata.name,
  workload,
}));

describe.each(kit)('the Deployment $name', ({ workload }) => {
  test('becomes a task definition that ECS would take', () => {
    expect(brokenRules(taskDefinitionOf(workload))).toEqual([]);
  });

  test('has no field of which the converter does not know what becomes', () => {
    expect(unmappedFields(workload).filter(({ why }) => why.includes('does not know'))).toEqual([]);
  });
});

test('the sidecar pattern keeps its order, its signal and its user', () => {
  const sidecar = kit.find(({ name }) => name === 'sidecar');
  const task = taskDefinitionOf(sidecar?.workload ?? workloadWith({}));
  expect(task).toMatchObject({ family: 'pod-patterns-sidecar', pidMode: 'task', cpu: '256', memory: '512' });
  const [prepare, gitSync, nginx] = task.containerDefinitions ?? [];
  expect(prepare).toMatchObject({ name: 'prepare-volumes', essential: false, user: '0:0' });
  expect(gitSync).toMatchObject({
    name: 'git-sync',
    essential: true,
    user: '65533:65533',
    dependsOn: [{ containerName: 'prepare-volumes', condition: 'SUCCESS' }],
    healthCheck: { interval: 5, startPeriod: 300 },
  });
  expect(nginx).toMatchObject({
    name: 'nginx',
    user: '65533:65533',
    dependsOn: [
      { containerName: 'prepare-volumes', condition: 'SUCCESS' },
      { containerName: 'git-sync', condition: 'HEALTHY' },
    ],
    portMappings: [{ name: 'http', containerPort: 8081, protocol: 'tcp' }, { containerPort: 9904 }],
  });
});

test('init containers run to their end; a sidecar without a startup probe only has to run', () => {
  const image = 'pod-patterns/nginx:dev';
  const task = taskDefinitionOf(
    workloadWith({
      initContainers: [
        { name: 'step', image },
        { name: 'helper', image, restartPolicy: 'Always' },
      ],
    }),
  );
  expect(task.containerDefinitions).toMatchObject([
    { name: 'step', essential: false },
    { name: 'helper', essential: true, dependsOn: [{ containerName: 'step', condition: 'SUCCESS' }] },
    { name: 'app', dependsOn: [{ condition: 'SUCCESS' }, { containerName: 'helper', condition: 'START' }] },
  ]);
  expect(task.containerDefinitions?.[0]).not.toHaveProperty('restartPolicy');
});

test('values stay in the environment, those of Secrets are named only', () => {
  const workload = workloadOf(
    {
      env: [
        { name: 'COLOUR', value: 'green' },
        { name: 'GREETING', valueFrom: { configMapKeyRef: { name: 'words', key: 'greeting' } } },
        { name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'login', key: 'password' } } },
      ],
    },
    { words: { greeting: 'Good day' } },
  );
  expect(taskDefinitionOf(workload).containerDefinitions).toMatchObject([
    {
      environment: [
        { name: 'COLOUR', value: 'green' },
        { name: 'GREETING', value: 'Good day' },
      ],
      secrets: [{ name: 'PASSWORD', valueFrom: '/course/login/password' }],
    },
  ]);
});

test('a claim is a volume that is made when the task is launched', () => {
  const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }];
  expect(taskDefinitionOf(workloadWith({ volumes })).volumes).toEqual([{ name: 'data', configuredAtLaunch: true }]);
});

test.each([
  [
    { requests: { cpu: '25m' }, limits: { memory: '128Mi' } },
    { cpu: '256', memory: '512' },
  ],
  [
    { requests: { cpu: '0.5' }, limits: { memory: '1Gi' } },
    { cpu: '512', memory: '1024' },
  ],
  [
    { requests: { cpu: '100m' }, limits: { memory: '3Gi' } },
    { cpu: '512', memory: '3072' },
  ],
  [{ requests: { cpu: '3' } }, { cpu: '4096', memory: '8192' }],
])('%o fits the smallest size of Fargate that holds it', (resources, size) => {
  expect(taskDefinitionOf(workloadOf({ resources }))).toMatchObject(size);
});

describe('unmapped fields', () => {
  const reasons = (workload: Parameters<typeof unmappedFields>[0]) =>
    Object.fromEntries(unmappedFields(workload).map(({ field, why }) => [field, why]));

  test('each has its place and a reason, which may depend on its value', () => {
    expect(reasons(workloadWith({ terminationGracePeriodSeconds: 600, hostPID: true }))).toEqual({
      'template.spec.terminationGracePeriodSeconds': 'Fargate kills a container after 120 s',
      'template.spec.hostPID': 'Fargate refuses it: task is its only value',
      'template.spec.containers[app].image': expect.stringContaining('push it to a registry') as string,
    });
    expect(reasons(workloadWith({ terminationGracePeriodSeconds: 60 }))).not.toHaveProperty([
      'template.spec.terminationGracePeriodSeconds',
    ]);
  });

  test('of several probes, those that are not the health check', () => {
    const tcpSocket = { port: 80 };
    const field = 'template.spec.containers[app].';
    const found = reasons(workloadOf({ livenessProbe: { tcpSocket }, readinessProbe: { tcpSocket } }));
    expect(found).toHaveProperty([`${field}readinessProbe`]);
    expect(found).not.toHaveProperty([`${field}livenessProbe`]);
  });

  test('a field that the converter has never heard of is told too', () => {
    expect(
      reasons(workloadOf({ resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'NotRequired' }] })),
    ).toMatchObject({
      'template.spec.containers[app].resizePolicy[0].resourceName':
        'this converter does not know resizePolicy.resourceName',
    });
  });
});
