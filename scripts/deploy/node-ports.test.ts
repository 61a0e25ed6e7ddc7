import { expect, test } from 'vitest';
import type { KubeObject } from './kube-types.ts';
import { withoutNodePorts } from './node-ports.ts';

const service = (spec: object): KubeObject => ({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'a' }, spec });

test('a Service keeps its ports and loses those of the nodes; others stay as they are', () => {
  const cluster = service({ type: 'ClusterIP', ports: [{ port: 80 }] });
  const objects = [service({ type: 'NodePort', ports: [{ port: 80, targetPort: 'http', nodePort: 30_080 }] }), cluster];
  expect(withoutNodePorts(objects.map((object) => ({ object, file: 'a.yaml' })))).toEqual([
    { object: service({ type: 'ClusterIP', ports: [{ port: 80, targetPort: 'http' }] }), file: 'a.yaml' },
    { object: cluster, file: 'a.yaml' },
  ]);
});
