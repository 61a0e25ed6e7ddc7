import { expect, test } from 'vitest';
import { startFakeApiServer, type Fault } from '../../test/support/fake-api-server.ts';
import { createKubeClient } from './kube-client.ts';
import { PooledKubeConfig } from './kube-config.ts';

const REF = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'kit', name: 'settings' };
const CONFIG_MAP = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'settings', namespace: 'kit' },
  data: { a: '1' },
};
const PATH = '/api/v1/namespaces/kit/configmaps/settings';

const FAULTS: readonly (readonly [string, Fault])[] = [
  ['429 with Retry-After', { status: 429, headers: { 'retry-after': '0' } }],
  ['500', { status: 500 }],
  ['503', { status: 503 }],
  ['a reset', 'reset'],
  ['half an answer', 'half'],
  ['silence', 'silence'],
];

test.each(FAULTS)('reads, applies and deletes through %s', async (_name, fault) => {
  await using server = await startFakeApiServer();
  await using client = await createKubeClient(server.kubeConfig, { attemptTimeoutMs: 200 });
  const failOnce = () => {
    let hasFailed = false;
    server.fault = ({ path }) => {
      if (hasFailed || path !== PATH) return undefined;
      hasFailed = true;
      return fault;
    };
  };
  failOnce();
  const { object } = await client.apply(CONFIG_MAP, { force: false });
  expect(object.metadata.resourceVersion).toBeDefined();
  failOnce();
  expect(await client.read(REF)).toEqual(object);
  failOnce();
  expect(await client.delete(REF, {})).toBe(true);
  expect(await client.read(REF)).toBeUndefined();
});

test('sends a server-side apply that refuses unknown fields, under the one manager', async () => {
  await using server = await startFakeApiServer();
  await using client = await createKubeClient(server.kubeConfig);
  await client.apply(CONFIG_MAP, { force: false });
  const patch = server.requests.find(({ method }) => method === 'PATCH');
  expect(patch?.path).toBe(PATH);
  expect(Object.fromEntries(patch?.query ?? [])).toEqual({
    fieldManager: 'pod-patterns',
    fieldValidation: 'Strict',
    force: 'false',
  });
});

test('gives the warnings of the server', async () => {
  await using server = await startFakeApiServer();
  await using client = await createKubeClient(server.kubeConfig);
  const headers = { warning: String.raw`299 - "would violate \"restricted\"", 299 - "second, with comma"` };
  server.fault = ({ method }) => (method === 'PATCH' ? { status: 200, body: CONFIG_MAP, headers } : undefined);
  expect((await client.apply(CONFIG_MAP, { force: false })).warnings).toEqual([
    'would violate "restricted"',
    'second, with comma',
  ]);
});

test('gives up at its deadline and says what did not answer', async () => {
  await using server = await startFakeApiServer();
  await using client = await createKubeClient(server.kubeConfig, { timeoutMs: 300 });
  server.fault = () => 'reset';
  await expect(client.read(REF)).rejects.toMatchObject({
    code: 'API_UNREACHABLE',
    message: expect.stringContaining('http://127.0.0.1') as string,
    remedy: expect.stringContaining('npm run up') as string,
  });
  expect(server.requests.length).toBeGreaterThan(2);
});

test.each([
  [403, 'API_FORBIDDEN'],
  [422, 'API_REJECTED'],
  [500, 'API_FAILED'],
])('turns %i into the error %s with the words of the server', async (status, code) => {
  await using server = await startFakeApiServer();
  await using client = await createKubeClient(server.kubeConfig);
  server.fault = ({ path }) => (path === PATH ? { status } : undefined);
  await expect(client.read(REF)).rejects.toMatchObject({ code, status, serverMessage: `fake answer ${status}` });
});

test('ends at once when its signal aborts', async () => {
  await using server = await startFakeApiServer();
  const controller = new AbortController();
  await using client = await createKubeClient(server.kubeConfig, { signal: controller.signal });
  server.fault = () => {
    controller.abort(new Error('stopped by hand'));
    return 'silence';
  };
  await expect(client.read(REF)).rejects.toThrow('stopped by hand');
});

test('knows nothing of a kind that the cluster does not have', async () => {
  await using server = await startFakeApiServer();
  await using client = await createKubeClient(server.kubeConfig);
  expect(await client.resourceOf({ apiVersion: 'v1', kind: 'Gadget' })).toBeUndefined();
  expect(await client.read({ ...REF, kind: 'Gadget' })).toBeUndefined();
  await expect(client.list({ apiVersion: 'v1', kind: 'Gadget' })).rejects.toMatchObject({ code: 'API_NOT_FOUND' });
});

test('closing a client ends its own calls, and leaves the connections to the others of the same kubeconfig', async () => {
  await using server = await startFakeApiServer();
  const kubeConfig = new PooledKubeConfig();
  kubeConfig.loadFromString(server.kubeConfig.exportConfig());
  await using other = await createKubeClient(kubeConfig);
  {
    await using client = await createKubeClient(kubeConfig);
    await client.apply(CONFIG_MAP, { force: false });
    server.fault = () => 'silence';
    const unanswered = client.read(REF);
    await expect.poll(() => server.requests.at(-1)?.method).toBe('GET');
    await client[Symbol.asyncDispose]();
    await expect(unanswered).rejects.toThrow(/abort/i);
    server.fault = () => undefined;
  }
  expect(await other.read(REF)).toBeDefined();
});
