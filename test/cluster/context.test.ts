/** An existing cluster, named by a context of the user's kubeconfig, and a registry: the kit's own in that role. */
import { once } from 'node:events';
import { mkdtempDisposable, readFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, inject, test } from 'vitest';
import type { Engine } from '../../scripts/engine/engine.ts';
import { testEngine } from '../support/engine.ts';
import { connectToKit, NAMESPACE, runScript, runUp } from '../support/kit.ts';
import { startRegistry, type TestRegistry } from '../support/registry.ts';
import { writeUserKubeconfig, type UserKubeconfig } from '../support/user-kubeconfig.ts';

const NODE = 'pod-patterns-control-plane';
const stack = new AsyncDisposableStack();

let registry: TestRegistry;
let kubeconfig: UserKubeconfig;

// A test and no hook, because only a test may wait for something to become true.
test('there is a registry that both the engine and the node reach', async () => {
  const engine = await testEngine();
  registry = stack.use(await startRegistry(engine));
  stack.use(await showToNode(engine, registry.address));
  const folder = stack.use(await mkdtempDisposable(join(tmpdir(), 'context-')));
  const options = { kubeconfigPath: inject('kubeconfigPath'), context: 'staging' };
  kubeconfig = stack.use(await writeUserKubeconfig(join(folder.path, 'config'), options));
  const url = `http://${registry.address}/v2/`;
  const ask = ['exec', NODE, 'sh', '-c', `curl -sf ${url} || busybox wget -qO- ${url}`];
  const { exitCode } = await engine.host.attempt('docker', ask);
  expect(exitCode).toBe(0);
});

afterAll(async () => {
  await stack.disposeAsync();
  // With its own images and node ports again.
  await runUp();
});

/**
 * Makes the registry, which listens on this machine's loopback address, answer at the same address inside of the node:
 * there too the runtime speaks plain HTTP to a loopback address.
 */
async function showToNode({ host }: Engine, address: string): Promise<AsyncDisposable> {
  const port = Number(address.split(':')[1]);
  const format = '{{range .NetworkSettings.Networks}}{{.Gateway}}{{end}}';
  const gateway = await host.run('docker', ['inspect', '--format', format, NODE]);
  const relay = createServer((socket) => {
    const upstream = connect(port, '127.0.0.1');
    socket.on('error', () => upstream.destroy()).pipe(upstream);
    upstream.on('error', () => socket.destroy()).pipe(socket);
  }).listen(port, gateway);
  await once(relay, 'listening');
  const listen = `TCP-LISTEN:${port},bind=127.0.0.1,fork,reuseaddr`;
  await host.run('docker', ['exec', '--detach', NODE, 'socat', listen, `TCP:${gateway}:${port}`]);
  return {
    async [Symbol.asyncDispose]() {
      await host.attempt('docker', ['exec', NODE, 'pkill', '--full', listen]);
      relay.close();
    },
  };
}

const options = () => ['--context', 'staging', '--registry', `${registry.address}/kit`];
const env = () => ({ KUBECONFIG: kubeconfig.path });

test('up pushes the images and the nodes pull them; every pattern asked for is seen at work', async () => {
  const args = [...options(), '--only', 'ambassador,sidecar'];
  const plan = await runScript('plan', [...args, '--json'], { env: env() });
  expect(JSON.parse(plan.stdout)).toMatchObject({
    objects: expect.arrayContaining([
      expect.objectContaining({ object: 'Deployment/ambassador', action: 'change' }),
    ]) as object[],
  });
  const { core } = await connectToKit();

  const up = await runUp({ args, env: env() });
  expect(up.images.map(({ name, loaded }) => `${name} ${loaded}`).toSorted()).toEqual([
    'ambassador true',
    'git-server true',
    'git-sync true',
    'legacy-app true',
    'nginx true',
  ]);
  expect(up.findings.map(({ pattern }) => pattern)).toEqual(['ambassador', 'sidecar']);
  const { items } = await core.listNamespacedPod({
    namespace: NAMESPACE,
    labelSelector: 'app.kubernetes.io/name=ambassador',
  });
  const running = items.filter(({ metadata }) => metadata?.deletionTimestamp === undefined);
  const images = running.flatMap(({ spec }) => [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])]);
  expect(images.length).toBeGreaterThan(0);
  expect(images.filter(({ image }) => !image?.startsWith(`${registry.address}/kit/`))).toEqual([]);
  const service = await core.readNamespacedService({ namespace: NAMESPACE, name: 'ambassador' });
  expect(service.spec).toMatchObject({ type: 'ClusterIP' });
});

test('the second time nothing is pushed or changed', async () => {
  const up = await runUp({ args: [...options(), '--only', 'ambassador,sidecar'], env: env() });
  expect(up.images.filter(({ built, loaded }) => built || loaded)).toEqual([]);
  expect(up.objects.filter(({ action }) => action !== 'unchanged')).toEqual([]);
});

test('a registry that does not take the images is named', async () => {
  const args = ['--context', 'staging', '--registry', '127.0.0.1:1/kit', '--only', 'adapter-batch'];
  const { error } = await runUp({ args, env: env(), exitCode: 4 });
  expect(error).toMatchObject({
    code: 'IMAGE_NOT_PUSHED',
    message: expect.stringContaining('127.0.0.1:1/kit/') as string,
    remedy: expect.stringContaining('docker login 127.0.0.1:1') as string,
  });
});

test('the kubeconfig is as it was, and nothing was sent to its current context', async () => {
  expect(await readFile(kubeconfig.path, 'utf8')).toBe(kubeconfig.text);
  expect(kubeconfig.trapped).toBe(0);
});
