/** From a probe, which the kubelet makes from outside, to the health check of ECS: a program run in the container. */
import type { HealthCheck } from '@aws-sdk/client-ecs';
import type { V1Container, V1PodSpec, V1Probe } from '@kubernetes/client-node';
import { chosenProbe, isSidecar, probePort } from './workload.ts';

/** What ECS accepts, in seconds and tries. */
const LIMITS = { interval: [5, 300], timeout: [2, 60], retries: [1, 10], startPeriod: [0, 300] } as const;

/** Undefined if the container has no probe. */
export function healthCheckOf(spec: V1PodSpec, container: V1Container): HealthCheck | undefined {
  const name = chosenProbe(spec, container);
  const probe = name === undefined ? undefined : container[name];
  if (probe === undefined) return undefined;
  const { startupProbe, livenessProbe = probe } = container;
  // Once it has started, what may fail how often is what the liveness probe says.
  const { periodSeconds, timeoutSeconds, failureThreshold } = livenessProbe;
  const start = startupProbe === undefined ? probe.initialDelaySeconds : startupSeconds(startupProbe);
  return {
    command: commandOf(container, probe),
    // A sidecar holds back the others, so it is asked as often as ECS allows.
    interval: within('interval', isSidecar(spec, container) ? probe.periodSeconds : periodSeconds, 10),
    timeout: within('timeout', timeoutSeconds, 1),
    retries: within('retries', failureThreshold, 3),
    startPeriod: within('startPeriod', start, 0),
  };
}

/** How long a container may take to start. */
export function startupSeconds({ periodSeconds = 10, failureThreshold = 3 }: V1Probe): number {
  return periodSeconds * failureThreshold;
}

/** The longest that ECS waits for a container that starts. */
export const MAX_START_SECONDS = LIMITS.startPeriod[1];

function within(name: keyof typeof LIMITS, value: number | undefined, byDefault: number): number {
  const [least, most] = LIMITS[name];
  return Math.min(Math.max(value ?? byDefault, least), most);
}

/** Bash opens the connection itself: the images have no curl, and a Node.js for each question would cost 45 MiB. */
function commandOf(container: V1Container, probe: V1Probe): string[] {
  if (probe.exec?.command !== undefined) return ['CMD', ...probe.exec.command];
  const open = `exec 3<>/dev/tcp/127.0.0.1/${probePort(container, probe)}`;
  if (probe.httpGet === undefined) return ['CMD', 'bash', '-c', open];
  const request = String.raw`GET ${probe.httpGet.path ?? '/'} HTTP/1.0\r\n\r\n`;
  // The kubelet is content with 200 to 399.
  return ['CMD', 'bash', '-c', `${open}; printf '${request}' >&3; read -r _ status _ <&3; [[ $status == [23]?? ]]`];
}
