/**
 * A Deployment's Pod as a task definition of AWS ECS, for Fargate: what one would give to
 * `aws ecs register-task-definition --cli-input-json`. Its type is that of the AWS SDK, so a field that ECS does not have
 * is an error of the compiler.
 */
import type { ContainerDefinition, RegisterTaskDefinitionCommandInput, Volume } from '@aws-sdk/client-ecs';
import { containerDefinition } from './container-definition.ts';
import { fargateSize } from './fargate-size.ts';
import { prepareContainer } from './prepare-container.ts';
import { podSpecOf, type Workload } from './workload.ts';

/** The account that AWS uses in its own examples: to be replaced, as is the region. */
const EXECUTION_ROLE = 'arn:aws:iam::123456789012:role/ecsTaskExecutionRole';
const REGION = 'eu-central-1';

export function taskDefinitionOf(workload: Workload): RegisterTaskDefinitionCommandInput {
  const { metadata } = workload.deployment;
  const spec = podSpecOf(workload);
  const family = [metadata.namespace, metadata.name].filter((part) => part !== undefined).join('-');
  const logging: ContainerDefinition = {
    logConfiguration: {
      logDriver: 'awslogs',
      options: { 'awslogs-group': `/ecs/${family}`, 'awslogs-region': REGION, 'awslogs-stream-prefix': metadata.name },
    },
  };
  const prepare = prepareContainer(workload, logging);
  const context = { workload, isPrepared: prepare !== undefined, logging };
  const containers = [...(spec.initContainers ?? []), ...spec.containers].map((container) =>
    containerDefinition(container, context),
  );
  const systemControls = (spec.securityContext?.sysctls ?? []).map(({ name, value }) => ({ namespace: name, value }));
  const size = fargateSize({
    cpu: sum(containers.map(({ cpu = 0 }) => cpu)),
    memoryMib: sum(containers.map(({ memory, memoryReservation }) => memory ?? memoryReservation ?? 0)),
  });
  return {
    family,
    requiresCompatibilities: ['FARGATE'],
    // The only mode of Fargate: the task has one address, and its containers meet on 127.0.0.1, as those of a Pod do.
    networkMode: 'awsvpc',
    ...(spec.shareProcessNamespace === true && { pidMode: 'task' as const }),
    ...(spec.hostPID === true && { pidMode: 'host' as const }),
    cpu: String(size.cpu),
    memory: String(size.memoryMib),
    runtimePlatform: { cpuArchitecture: 'X86_64', operatingSystemFamily: 'LINUX' },
    executionRoleArn: EXECUTION_ROLE,
    containerDefinitions: [
      ...(prepare === undefined ? [] : [prepare]),
      // They hold for all containers of the task; those of the container that starts last would win.
      ...containers.map((container, index) =>
        index === containers.length - 1 && systemControls.length > 0 ? { ...container, systemControls } : container,
      ),
    ],
    volumes: (spec.volumes ?? []).map(({ name, persistentVolumeClaim }): Volume =>
      // An EBS volume, which the service describes.
      persistentVolumeClaim === undefined ? { name } : { name, configuredAtLaunch: true },
    ),
    tags: Object.entries(metadata.labels ?? {}).map(([key, value]) => ({ key, value })),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
