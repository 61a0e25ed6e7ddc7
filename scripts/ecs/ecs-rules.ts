/**
 * For tests: what the API reference of ECS (RegisterTaskDefinition, version 2014-11-13) and the page on Fargate demand of
 * a task definition, beyond its types.
 */
import type { ContainerDefinition, RegisterTaskDefinitionCommandInput } from '@aws-sdk/client-ecs';

/** One line for each rule that is broken. */
export function brokenRules(task: RegisterTaskDefinitionCommandInput): string[] {
  const containers = task.containerDefinitions ?? [];
  const volumes = new Set((task.volumes ?? []).map(({ name }) => name));
  const names = containers.map(({ name }) => name);
  const memory = containers.map(({ memory = 0 }) => memory);
  const rules: readonly [rule: string, isKept: boolean][] = [
    ['family is a name', isName(task.family)],
    ['no two containers have one name', new Set(names).size === names.length],
    ['one container is essential', containers.some(({ essential }) => essential === true)],
    ['no more than ten containers', containers.length <= 10],
    ['Fargate: networkMode awsvpc', task.networkMode === 'awsvpc'],
    ['Fargate: pidMode is task', [undefined, 'task'].includes(task.pidMode)],
    ['the task holds what its containers may use', sum(memory) <= Number(task.memory)],
    ['64 KiB at most', Buffer.byteLength(JSON.stringify(task)) <= 64 * 1_024],
    [
      'no two containers use one port',
      isSet(containers.flatMap(({ portMappings = [] }) => portMappings.map((p) => p.containerPort))),
    ],
    ['50 tags at most', (task.tags ?? []).length <= 50],
  ];
  return [
    ...rules.filter(([, isKept]) => !isKept).map(([rule]) => rule),
    ...containers.flatMap((container) =>
      containerRules(container, containers, volumes)
        .filter(([, isKept]) => !isKept)
        .map(([rule]) => `${container.name}: ${rule}`),
    ),
  ];
}

function containerRules(
  container: ContainerDefinition,
  all: readonly ContainerDefinition[],
  volumes: ReadonlySet<string | undefined>,
): [rule: string, isKept: boolean][] {
  const { name, image, healthCheck, dependsOn = [], mountPoints = [], stopTimeout = 30, linuxParameters } = container;
  const targets = dependsOn.map(({ containerName, condition }) => ({
    condition,
    position: all.findIndex(({ name }) => name === containerName),
    target: all.find(({ name }) => name === containerName),
  }));
  const mine = all.indexOf(container);
  return [
    ['the name is one', isName(name)],
    ['there is an image', image !== undefined && /^[\w./:@-]+$/.test(image)],
    [
      'what it depends on stands before it, so there is no circle',
      targets.every(({ position }) => position >= 0 && position < mine),
    ],
    [
      'HEALTHY needs a health check',
      targets.every(({ condition, target }) => condition !== 'HEALTHY' || target?.healthCheck !== undefined),
    ],
    [
      'SUCCESS and COMPLETE are for what is not essential',
      targets.every(
        ({ condition, target }) => !['SUCCESS', 'COMPLETE'].includes(condition ?? '') || target?.essential === false,
      ),
    ],
    ['what it mounts is a volume', mountPoints.every(({ sourceVolume }) => volumes.has(sourceVolume))],
    ['stopTimeout is 120 s at most', stopTimeout <= 120],
    ['memoryReservation is below memory', (container.memoryReservation ?? 0) <= (container.memory ?? Number.MAX_VALUE)],
    [
      'Fargate: only SYS_PTRACE may be added',
      (linuxParameters?.capabilities?.add ?? []).every((added) => added === 'SYS_PTRACE'),
    ],
    ['Fargate: not privileged', container.privileged !== true],
    ['Fargate: no security options', container.dockerSecurityOptions === undefined],
    [
      'the health check begins with CMD',
      healthCheck === undefined || (healthCheck.command?.[0] ?? '').startsWith('CMD'),
    ],
    ['interval is 5 to 300', isBetween(healthCheck?.interval, 5, 300)],
    ['timeout is 2 to 60', isBetween(healthCheck?.timeout, 2, 60)],
    ['retries are 1 to 10', isBetween(healthCheck?.retries, 1, 10)],
    ['startPeriod is 0 to 300', isBetween(healthCheck?.startPeriod, 0, 300)],
  ];
}

function isName(text: string | undefined): boolean {
  return text !== undefined && /^[A-Za-z0-9_-]{1,255}$/.test(text);
}

function isBetween(value: number | undefined, least: number, most: number): boolean {
  return value === undefined || (value >= least && value <= most);
}

function isSet(values: readonly unknown[]): boolean {
  return new Set(values).size === values.length;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
