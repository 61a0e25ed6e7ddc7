import { execa } from 'execa';
import { expect, test } from 'vitest';
import { startFakeApiServer, type FakeApiServer } from '../../test/support/fake-api-server.ts';
import { createKubeClient, type KubeClient } from './kube-client.ts';
import type { KubeObject } from './kube-types.ts';
import { describeHolder, hasEnded, holderForPeople } from './lease-holder.ts';
import { acquireLease, type LeaseOptions } from './lease.ts';

const SCOPE = { namespace: 'kit', inventoryName: 'inventory' };
const NAMESPACE: KubeObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kit' } };
/** A holder on another machine: whether it still runs cannot be seen from here. */
const ELSEWHERE = 'up by anna@desk, process 4711 (0123abcd.77)';

async function start() {
  const server = await startFakeApiServer();
  const client = await createKubeClient(server.kubeConfig, { timeoutMs: 2_000 });
  const stack = new AsyncDisposableStack();
  stack.use(server);
  stack.use(client);
  return { server, client, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

function acquire(server: FakeApiServer, client: KubeClient, options: Partial<LeaseOptions> = {}) {
  return acquireLease({
    client,
    scope: SCOPE,
    holder: 'up by me',
    waitMs: 10_000,
    signal: new AbortController().signal,
    ensureNamespace: async () => server.get('Namespace', 'kit') ?? server.put(NAMESPACE),
    ...options,
  });
}

const specOf = (server: FakeApiServer) =>
  (server.get('Lease', 'pod-patterns')?.['spec'] ?? {}) as Record<string, unknown>;

function putLease(server: FakeApiServer, spec: object): void {
  server.put(NAMESPACE);
  const metadata = { name: 'pod-patterns', namespace: 'kit' };
  server.put({ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec });
}

test('the namespace is made, the lease is held, and given back at the end', async () => {
  await using kit = await start();
  {
    await using lease = await acquire(kit.server, kit.client);
    expect(lease.signal.aborted).toBe(false);
    expect(specOf(kit.server)).toMatchObject({ holderIdentity: 'up by me', leaseDurationSeconds: 60 });
  }
  expect(specOf(kit.server)).not.toHaveProperty('holderIdentity');
});

test('it is given back although a renewal was under way, which nobody has seen arrive', async () => {
  await using kit = await start();
  {
    await using lease = await acquire(kit.server, kit.client);
    kit.server.put(kit.server.get('Lease', 'pod-patterns') as KubeObject);
    expect(lease.signal.aborted).toBe(false);
  }
  expect(specOf(kit.server)).not.toHaveProperty('holderIdentity');
});

test('of many at once one works at a time, and each learns whom it waits for', async () => {
  await using kit = await start();
  const holders = ['a', 'b', 'c'].map((name) => `up by ${name}@desk, process 1 (0123abcd.${name})`);
  const waits = new Set<string>();
  const order: string[] = [];
  let atWork = 0;
  const run = async (holder: string) => {
    const onWait = (other: string) => void waits.add(`${holder.slice(6, 7)} for ${other}`);
    await using lease = await acquire(kit.server, kit.client, { holder, onWait });
    order.push(holder);
    atWork += 1;
    expect(atWork).toBe(1);
    const waitsForThis = () => [...waits].filter((wait) => wait.endsWith(`for ${holderForPeople(holder)}`));
    // The others all learn of this one, before it ends.
    await expect.poll(() => waitsForThis().length).toBe(holders.length - order.length);
    lease.signal.throwIfAborted();
    atWork -= 1;
  };
  await Promise.all(holders.map(run));
  expect(order.toSorted()).toEqual(holders);
});

test('who has waited long enough is told who it is', async () => {
  await using kit = await start();
  putLease(kit.server, { holderIdentity: ELSEWHERE, leaseDurationSeconds: 60 });
  await expect(acquire(kit.server, kit.client, { waitMs: 1 })).rejects.toMatchObject({
    code: 'LEASE_HELD',
    message: expect.stringContaining('up by anna@desk, process 4711, is at work') as string,
  });
});

test('a lease that is not renewed expires', async () => {
  await using kit = await start();
  putLease(kit.server, { holderIdentity: ELSEWHERE, leaseDurationSeconds: 1 });
  const startedAt = performance.now();
  await using lease = await acquire(kit.server, kit.client);
  expect(lease.signal.aborted).toBe(false);
  expect(performance.now() - startedAt).toBeGreaterThan(1_000);
  expect(specOf(kit.server)).toMatchObject({ holderIdentity: 'up by me', leaseTransitions: 1 });
});

test('a process of this machine that is no more is not waited for', async () => {
  await using kit = await start();
  const script = `import { describeHolder } from '${import.meta.dirname}/lease-holder.ts';
    process.stdout.write(await describeHolder('up'));`;
  const { stdout: dead } = await execa(process.execPath, ['--input-type=module', '--eval', script]);
  expect(await hasEnded(dead)).toBe(true);
  expect(await hasEnded(await describeHolder('up'))).toBe(false);
  expect(await hasEnded(ELSEWHERE)).toBe(false);
  expect(holderForPeople(dead)).toMatch(/^up by \S+@\S+, process \d+$/);
  putLease(kit.server, { holderIdentity: dead, leaseDurationSeconds: 60 });
  await using lease = await acquire(kit.server, kit.client, { waitMs: 0 });
  expect(lease.signal.aborted).toBe(false);
});

test('where there is no namespace and none is to be made, there is nothing to wait for', async () => {
  await using kit = await start();
  const signal = new AbortController().signal;
  const options = { client: kit.client, scope: SCOPE, holder: 'down by me', waitMs: 0, signal };
  {
    await using lease = await acquireLease(options);
    expect(lease.signal.aborted).toBe(false);
  }
  expect(kit.server.names()).toEqual([]);
});

test('a lease that another has taken ends the run; one renewal whose answer was lost does not', async () => {
  await using kit = await start();
  let isLost = false;
  kit.server.fault = ({ method }) => {
    if (method !== 'PUT' || isLost) return undefined;
    isLost = true;
    // It has arrived, but that cannot be seen.
    const lease = kit.server.get('Lease', 'pod-patterns') as KubeObject;
    kit.server.put(lease);
    return 'reset';
  };
  await using lease = await acquire(kit.server, kit.client, { durationMs: 600 });
  await expect.poll(() => kit.server.requests.filter(({ method }) => method === 'PUT').length).toBeGreaterThan(3);
  expect(lease.signal.aborted).toBe(false);
  putLease(kit.server, { holderIdentity: ELSEWHERE, leaseDurationSeconds: 60 });
  await expect.poll(() => lease.signal.aborted).toBe(true);
  expect(lease.signal.reason).toMatchObject({ code: 'LEASE_LOST' });
  expect(specOf(kit.server)).toMatchObject({ holderIdentity: ELSEWHERE });
});

test('a run that cannot renew ends before its lease does', async () => {
  await using kit = await start();
  await using lease = await acquire(kit.server, kit.client, { durationMs: 600 });
  kit.server.fault = () => ({ status: 403 });
  await expect.poll(() => lease.signal.aborted).toBe(true);
  expect(lease.signal.reason).toMatchObject({ code: 'LEASE_LOST' });
});
