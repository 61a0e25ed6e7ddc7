import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { applySetId, groupKinds, isMember } from './applyset.ts';

const SCOPE = { namespace: 'kit', inventoryName: 'inventory' };

test('computes the identity as kubectl does, and it is a valid label value', () => {
  const digest = createHash('sha256').update('inventory.kit.ConfigMap.').digest('base64url');
  expect(applySetId(SCOPE)).toBe(`applyset-${digest}-v1`);
  expect(applySetId(SCOPE)).toMatch(/^[a-z0-9][\w.-]{0,61}[a-z0-9]$/i);
  expect(applySetId({ ...SCOPE, namespace: 'other' })).not.toBe(applySetId(SCOPE));
});

test('lists kinds with their groups, once and sorted', () => {
  const ref = (apiVersion: string, kind: string) => ({ apiVersion, kind, name: 'x' });
  expect(
    groupKinds([ref('v1', 'Service'), ref('apps/v1', 'Deployment'), ref('v1', 'ConfigMap'), ref('v1', 'Service')]),
  ).toBe('ConfigMap,Deployment.apps,Service');
});

test('takes only objects with the label of this very set for its own', () => {
  const labelled = (value: string) => ({ metadata: { labels: { 'applyset.kubernetes.io/part-of': value } } });
  expect(isMember(labelled(applySetId(SCOPE)), SCOPE)).toBe(true);
  expect(isMember(labelled(applySetId({ ...SCOPE, namespace: 'other' })), SCOPE)).toBe(false);
  expect(isMember({ metadata: {} }, SCOPE)).toBe(false);
});
