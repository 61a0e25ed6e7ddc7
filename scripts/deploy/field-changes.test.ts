import { expect, test } from 'vitest';
import { fieldChanges } from './field-changes.ts';
import type { KubeObject } from './kube-types.ts';

function deployment(image: string, more: object = {}): KubeObject {
  const containers = [
    { name: 'web', image, ports: [{ containerPort: 80, protocol: 'TCP', name: 'http' }], args: ['a', 'b'], ...more },
    { name: 'log', image: 'log:1' },
  ];
  const metadata = {
    name: 'web',
    resourceVersion: image,
    managedFields: [
      { manager: 'kubectl-edit', fieldsV1: { 'f:data': { 'f:a.yaml': {} } } },
      {
        manager: 'pod-patterns',
        fieldsV1: {
          'f:spec': {
            'f:template': {
              'f:spec': {
                'f:containers': {
                  'k:{"name":"web"}': {
                    '.': {},
                    'f:image': {},
                    'f:args': {},
                    'f:ports': { 'k:{"containerPort":80,"protocol":"TCP"}': { 'f:name': {} } },
                  },
                },
              },
            },
          },
        },
      },
    ],
  };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: { template: { spec: { containers } } } };
}

const CONTAINER = 'spec.template.spec.containers[name=web]';

test('two equal objects differ in nothing, whatever the server wrote into them', () => {
  const before = deployment('web:1');
  const after = { ...before, metadata: { ...before.metadata, resourceVersion: '7', generation: 3 }, status: { a: 1 } };
  expect(fieldChanges(before, after)).toEqual([]);
});

test('a change names the container by its name, and whose value it is', () => {
  expect(fieldChanges(deployment('web:1'), deployment('web:2'))).toEqual([
    { path: `${CONTAINER}.image`, before: 'web:1', after: 'web:2', manager: 'pod-patterns' },
  ]);
});

test('a list that is one value changes as one, a list of named things in its members', () => {
  const changed = { args: ['a'], ports: [{ containerPort: 80, protocol: 'TCP', name: 'web' }], tty: true };
  expect(fieldChanges(deployment('web:1'), deployment('web:1', changed))).toEqual([
    {
      path: `${CONTAINER}.ports[containerPort=80,protocol=TCP].name`,
      before: 'http',
      after: 'web',
      manager: 'pod-patterns',
    },
    { path: `${CONTAINER}.args`, before: ['a', 'b'], after: ['a'], manager: 'pod-patterns' },
    { path: `${CONTAINER}.tty`, before: undefined, after: true, manager: undefined },
  ]);
});

test('a key with dots stands in brackets', () => {
  const before = { ...deployment('web:1'), data: { 'a.yaml': 'x', b: 'y' } };
  expect(fieldChanges(before, { ...before, data: { 'a.yaml': 'z', b: 'y' } })).toEqual([
    { path: 'data[a.yaml]', before: 'x', after: 'z', manager: 'kubectl-edit' },
  ]);
});
