/**
 * Every field of a Deployment that the converter knows, with what becomes of it. What is in no row is reported too, so
 * nothing is ever dropped in silence.
 */
import type { V1Container, V1PodSpec, V1Probe } from '@kubernetes/client-node';
import { MAX_STOP_SECONDS } from './container-definition.ts';
import { MAX_START_SECONDS, startupSeconds } from './health-check.ts';
import { chosenProbe, type ProbeName } from './workload.ts';

export interface FieldContext {
  readonly spec: V1PodSpec;
  /** Undefined for fields of the Pod itself. */
  readonly container: V1Container | undefined;
  readonly value: unknown;
}

export interface FieldRule {
  /** What it becomes in the task definition; undefined if nothing does its work there. */
  readonly becomes?: string;
  /** Why it, or a part of it, cannot be mapped, and what to use instead; undefined if it can. */
  readonly lost?: string | ((context: FieldContext) => string | undefined);
}

const mapped = (becomes: string): FieldRule => ({ becomes });
const lost = (why: FieldRule['lost']): FieldRule => (why === undefined ? {} : { lost: why });
/** The API server fills these in, or they say what ECS does anyway. */
const DEFAULT: FieldRule = {};

const probe = (name: ProbeName, why: string): FieldRule => ({
  becomes: 'healthCheck',
  lost: ({ spec, container, value }) => {
    if (container === undefined || chosenProbe(spec, container) !== name) return why;
    const seconds = name === 'startupProbe' ? startupSeconds(value as V1Probe) : 0;
    return seconds > MAX_START_SECONDS
      ? `ECS waits ${MAX_START_SECONDS} s for a container to become healthy, and this allows ${seconds} s`
      : undefined;
  },
});

/** Below `spec.template.spec.containers[]` and `initContainers[]`. */
export const CONTAINER_FIELDS: Readonly<Record<string, FieldRule>> = {
  name: mapped('name'),
  image: { becomes: 'image', lost: 'no node has the image: push it to a registry, such as ECR, and name it with that' },
  command: mapped('entryPoint'),
  args: mapped('command'),
  'env.name': mapped('environment, secrets'),
  'env.value': mapped('environment'),
  'env.valueFrom.configMapKeyRef': mapped('environment'),
  'env.valueFrom.secretKeyRef': {
    becomes: 'secrets',
    lost: 'put the value into the Parameter Store under the name in secrets[].valueFrom; the execution role has to be allowed to read it',
  },
  ports: mapped('portMappings'),
  restartPolicy: mapped('dependsOn of the containers after it'),
  'resources.requests.cpu': mapped('cpu'),
  'resources.requests.memory': mapped('memoryReservation'),
  'resources.requests.ephemeral-storage': DEFAULT,
  'resources.limits.memory': mapped('memory'),
  'resources.limits.ephemeral-storage': lost(
    'a task has one disk of 20 GiB for all its containers, and no limit for one',
  ),
  'securityContext.runAsUser': mapped('user'),
  'securityContext.runAsGroup': mapped('user'),
  'securityContext.readOnlyRootFilesystem': mapped('readonlyRootFilesystem'),
  'securityContext.capabilities': mapped('linuxParameters.capabilities'),
  'securityContext.allowPrivilegeEscalation': lost(
    'no-new-privileges is a Docker security option, which ECS has on instances of your own and not on Fargate',
  ),
  'volumeMounts.name': mapped('mountPoints.sourceVolume'),
  'volumeMounts.mountPath': mapped('mountPoints.containerPath'),
  'volumeMounts.readOnly': mapped('mountPoints.readOnly'),
  startupProbe: probe('startupProbe', 'ECS has one health check; its startPeriod gives the time to start'),
  livenessProbe: probe('livenessProbe', 'ECS has one health check, and it is the question of the startup probe'),
  readinessProbe: probe(
    'readinessProbe',
    'ECS has no state "runs, but send nothing": the target group of the load balancer asks that itself',
  ),
  'lifecycle.preStop': lost(
    'the deregistration delay of the target group keeps requests away before a task is stopped',
  ),
  imagePullPolicy: DEFAULT,
  terminationMessagePath: DEFAULT,
  terminationMessagePolicy: DEFAULT,
};

/** Below `spec.template.spec`. */
export const POD_FIELDS: Readonly<Record<string, FieldRule>> = {
  shareProcessNamespace: mapped('pidMode: task'),
  hostPID: { becomes: 'pidMode: host', lost: 'Fargate refuses it: task is its only value' },
  terminationGracePeriodSeconds: {
    becomes: 'stopTimeout of each container',
    lost: ({ value }) =>
      Number(value) > MAX_STOP_SECONDS ? `Fargate kills a container after ${MAX_STOP_SECONDS} s` : undefined,
  },
  'securityContext.sysctls': mapped('systemControls'),
  'securityContext.runAsUser': mapped('user'),
  'securityContext.runAsGroup': mapped('user'),
  'securityContext.runAsNonRoot': lost('ECS refuses no container that would run as root; `user` says who it is'),
  'securityContext.seccompProfile': lost('it cannot be chosen on Fargate'),
  'securityContext.fsGroup': lost(
    'a container has no further groups: all may write to a volume, and none may remove what is another’s',
  ),
  'securityContext.fsGroupChangePolicy': DEFAULT,
  'volumes.name': mapped('volumes.name'),
  'volumes.emptyDir': {
    becomes: 'volumes',
    lost: ({ value }) =>
      (value as { sizeLimit?: string }).sizeLimit === undefined ? undefined : 'a volume of a task has no size limit',
  },
  'volumes.configMap': {
    becomes: 'prepare-volumes, a container that writes the files',
    lost: 'a change is a new revision of the task definition and new tasks: nothing is updated while they run',
  },
  'volumes.secret': {
    becomes: 'volumes',
    lost: 'ECS gives secrets to a container as variables, and to no volume: this one stays empty',
  },
  'volumes.persistentVolumeClaim': {
    becomes: 'volumes.configuredAtLaunch',
    lost: 'the service describes the EBS volume, and a task that is replaced gets a new one; EFS keeps the data',
  },
  automountServiceAccountToken: DEFAULT,
  enableServiceLinks: DEFAULT,
  serviceAccountName: lost('taskRoleArn is the counterpart: what the task may do in AWS'),
  serviceAccount: DEFAULT,
  nodeSelector: lost(
    'there are no nodes to choose from on Fargate; placementConstraints are for instances of your own',
  ),
  tolerations: lost('there are no taints'),
  affinity: lost('Fargate spreads the tasks of a service over availability zones by itself'),
  restartPolicy: mapped('restartPolicy of each container'),
  dnsPolicy: DEFAULT,
  schedulerName: DEFAULT,
};

/** Below `spec`. */
export const DEPLOYMENT_FIELDS: Readonly<Record<string, FieldRule>> = {
  replicas: lost('it belongs to the service: desiredCount'),
  'strategy.type': lost('it belongs to the service: deploymentConfiguration.minimumHealthyPercent and maximumPercent'),
  'strategy.rollingUpdate': DEFAULT,
  progressDeadlineSeconds: lost('it belongs to the service: deploymentConfiguration.deploymentCircuitBreaker'),
  revisionHistoryLimit: lost('ECS keeps every revision of a task definition until you deregister it'),
  selector: lost('a service knows its tasks by itself: there is nothing to select'),
  'template.metadata.labels': mapped('tags'),
  'template.metadata.annotations': DEFAULT,
  'template.metadata.creationTimestamp': DEFAULT,
};
