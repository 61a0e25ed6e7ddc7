import { expect, test } from 'vitest';
import { groupByPhase } from './order.ts';

test('groups kinds so that nothing comes before what it reads; unknown kinds come last, in their own order', () => {
  const kinds = [
    'Ingress',
    'Deployment',
    'Service',
    'Namespace',
    'Secret',
    'Role',
    'Gadget',
    'ConfigMap',
    'LimitRange',
  ];
  kinds.push('PersistentVolumeClaim', 'Pod');
  expect(groupByPhase(kinds, (kind) => kind)).toEqual([
    ['Namespace'],
    ['LimitRange'],
    ['Role'],
    ['Secret', 'ConfigMap'],
    ['PersistentVolumeClaim'],
    ['Service'],
    ['Deployment', 'Pod'],
    ['Ingress', 'Gadget'],
  ]);
});
