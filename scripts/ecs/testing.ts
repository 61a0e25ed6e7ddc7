/** For tests: a small Deployment, of which each test changes what it is about. */
import type { V1Container, V1PodSpec } from '@kubernetes/client-node';
import type { Workload } from './workload.ts';

const APP = { name: 'app', image: 'pod-patterns/nginx:dev' };

export function workloadWith(spec: Partial<V1PodSpec>, configMaps: Workload['configMaps'] = {}): Workload {
  return {
    deployment: {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'shop', namespace: 'course' },
      spec: { template: { spec: { containers: [APP], ...spec } } },
    },
    configMaps,
  };
}

/** A Pod of one container with these fields. */
export function workloadOf(container: Partial<V1Container>, configMaps: Workload['configMaps'] = {}): Workload {
  return workloadWith({ containers: [Object.assign({}, APP, container)] }, configMaps);
}
