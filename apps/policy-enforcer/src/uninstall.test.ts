import { ApiStatusError, type ApiServer } from '@pod-patterns/runtime/kube/api-server.ts';
import { expect, test } from 'vitest';
import { isUninstalled } from './uninstall.ts';

const NAME = { namespace: 'kit', name: 'policy-enforcer' };

function ask(
  daemonSet: () => Promise<unknown>,
  namespace = () => Promise.resolve<unknown>({ metadata: {} }),
): Promise<boolean> {
  const api: Pick<ApiServer, 'send'> = {
    send: ({ path }) => (path.endsWith('/namespaces/kit') ? namespace() : daemonSet()),
  };
  return isUninstalled(api as ApiServer, NAME, new AbortController().signal);
}
const found = (metadata: object) => () => Promise.resolve({ metadata });
const refusal = (status: number) => () => Promise.reject(new ApiStatusError('GET', status, ''));

test.each<[string, () => Promise<unknown>, boolean]>([
  ['its DaemonSet is there', found({}), false],
  ['its DaemonSet is being deleted', found({ deletionTimestamp: 'now' }), true],
  ['its DaemonSet is gone', refusal(404), true],
  ['its rights are gone', refusal(403), true],
  ['its account is gone', refusal(401), true],
  ['the API server is in trouble', refusal(500), false],
  ['nobody answers', () => Promise.reject(new Error('connect ECONNREFUSED')), false],
])('%s', async (_, daemonSet, expected) => {
  expect(await ask(daemonSet)).toBe(expected);
});

test('its namespace is being deleted, and its DaemonSet is still there', async () => {
  expect(await ask(found({}), found({ deletionTimestamp: 'now' }))).toBe(true);
});
