/** One container of a Pod as one of a task. */
import type { ContainerDefinition, ContainerDependency, KeyValuePair, Secret } from '@aws-sdk/client-ecs';
import type { V1Container, V1EnvVar, V1PodSpec } from '@kubernetes/client-node';
import { healthCheckOf } from './health-check.ts';
import { PREPARE } from './prepare-container.ts';
import { cpuUnits, mebibytes } from './quantity.ts';
import { isSidecar, isStep, podSpecOf, type Workload } from './workload.ts';

/** Fargate kills a container that has not ended after so long. */
export const MAX_STOP_SECONDS = 120;

export interface ContainerContext {
  readonly workload: Workload;
  /** Whether the task has the container that prepares volumes. */
  readonly isPrepared: boolean;
  /** Where the log goes, the same for all containers. */
  readonly logging: ContainerDefinition;
}

export function containerDefinition(container: V1Container, context: ContainerContext): ContainerDefinition {
  const { workload, isPrepared, logging } = context;
  const spec = podSpecOf(workload);
  const { command, args, resources = {}, securityContext = {}, volumeMounts = [], ports = [], env = [] } = container;
  const { requests = {}, limits = {} } = resources;
  const { runAsUser = spec.securityContext?.runAsUser, runAsGroup = spec.securityContext?.runAsGroup } =
    securityContext;
  const dependsOn = dependencies(spec, container, isPrepared);
  const healthCheck = healthCheckOf(spec, container);
  const environment = environmentOf(env, workload);
  const secrets = secretsOf(env, workload);
  const capabilities = securityContext.capabilities;
  return {
    name: container.name,
    image: container.image,
    essential: !isStep(spec, container),
    // A Pod starts a container that has ended again, in its place; without this ECS would end the task.
    ...(!isStep(spec, container) && { restartPolicy: { enabled: true } }),
    ...(command !== undefined && { entryPoint: [...command] }),
    ...(args !== undefined && { command: [...args] }),
    ...(environment.length > 0 && { environment }),
    ...(secrets.length > 0 && { secrets }),
    ...(requests['cpu'] !== undefined && { cpu: cpuUnits(requests['cpu']) }),
    ...(limits['memory'] !== undefined && { memory: mebibytes(limits['memory']) }),
    ...(requests['memory'] !== undefined && { memoryReservation: mebibytes(requests['memory']) }),
    ...(runAsUser !== undefined && { user: [runAsUser, runAsGroup].filter((id) => id !== undefined).join(':') }),
    ...(securityContext.readOnlyRootFilesystem === true && { readonlyRootFilesystem: true }),
    ...(capabilities !== undefined && {
      linuxParameters: {
        capabilities: {
          ...(capabilities.add !== undefined && { add: capabilities.add }),
          ...(capabilities.drop !== undefined && { drop: capabilities.drop }),
        },
      },
    }),
    ...(ports.length > 0 && {
      portMappings: ports.map(({ name, containerPort, protocol }) => ({
        ...(name !== undefined && { name }),
        containerPort,
        protocol: protocol === 'UDP' ? ('udp' as const) : ('tcp' as const),
      })),
    }),
    ...(volumeMounts.length > 0 && {
      mountPoints: volumeMounts.map(({ name, mountPath, readOnly }) => ({
        sourceVolume: name,
        containerPath: mountPath,
        ...(readOnly === true && { readOnly: true }),
      })),
    }),
    ...(dependsOn.length > 0 && { dependsOn }),
    ...(healthCheck !== undefined && { healthCheck }),
    stopTimeout: Math.min(spec.terminationGracePeriodSeconds ?? 30, MAX_STOP_SECONDS),
    ...logging,
  };
}

/** ECS starts what nothing holds back at once, and stops in the reverse order. */
function dependencies(spec: V1PodSpec, container: V1Container, isPrepared: boolean): ContainerDependency[] {
  const { initContainers = [] } = spec;
  const index = initContainers.indexOf(container);
  const before = initContainers.slice(0, index === -1 ? undefined : index);
  const waitsFor = before.map((earlier): ContainerDependency => ({
    containerName: earlier.name,
    condition: conditionOf(spec, earlier),
  }));
  return isPrepared ? [{ containerName: PREPARE, condition: 'SUCCESS' }, ...waitsFor] : waitsFor;
}

/** A sidecar without a startup probe has started as soon as it runs. */
function conditionOf(spec: V1PodSpec, container: V1Container): 'SUCCESS' | 'HEALTHY' | 'START' {
  if (!isSidecar(spec, container)) return 'SUCCESS';
  return container.startupProbe === undefined ? 'START' : 'HEALTHY';
}

function environmentOf(env: readonly V1EnvVar[], { configMaps }: Workload): KeyValuePair[] {
  return env.flatMap(({ name, value, valueFrom }) => {
    const { name: configMap = '', key = '' } = valueFrom?.configMapKeyRef ?? {};
    const text = valueFrom?.configMapKeyRef === undefined ? value : configMaps[configMap]?.[key];
    return text === undefined ? [] : [{ name, value: text }];
  });
}

/** A Secret becomes a parameter of the Systems Manager, which ECS reads when the task starts. */
function secretsOf(env: readonly V1EnvVar[], { deployment }: Workload): Secret[] {
  const { namespace = 'default' } = deployment.metadata;
  return env.flatMap(({ name, valueFrom }) => {
    const ref = valueFrom?.secretKeyRef;
    return ref === undefined ? [] : [{ name, valueFrom: `/${namespace}/${ref.name}/${ref.key}` }];
  });
}
