/** `up` run again: nothing when nothing has changed, only what has when something did. */
import { createHash } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, test as base } from 'vitest';
import { bundleApp } from '../../scripts/images/bundle.ts';
import { hurryKubelet } from '../support/hurry-kubelet.ts';
import { root } from '../support/root.ts';
import { connectToKit, NAMESPACE, runScript, runUp } from '../support/kit.ts';

/** A second checkout of this tree, with everything that is installed. */
const test = base.extend('copy', { scope: 'file' }, async ({}, { onCleanup }) => {
  const folder = await mkdtemp(join(tmpdir(), 'up-'));
  onCleanup(() => rm(folder, { recursive: true }));
  const copy = join(folder, 'checkout');
  await cp(root, copy, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (path) => !path.startsWith(join(root, '.git/')),
  });
  return copy;
});

/** Changes a file of a checkout until the end of the block. */
async function edit(copy: string, path: string, change: (text: string) => string): Promise<AsyncDisposable> {
  const file = join(copy, path);
  const text = await readFile(file, 'utf8');
  await writeFile(file, change(text));
  return { [Symbol.asyncDispose]: () => writeFile(file, text) };
}

const append = (line: string) => (text: string) => `${text}\n${line}\n`;

test('with nothing changed it builds, loads and applies nothing', async () => {
  const result = await runUp();
  expect(result.images.filter(({ built, loaded }) => built || loaded)).toEqual([]);
  expect(result.objects.filter(({ action }) => action !== 'unchanged')).toEqual([]);
  expect(result.findings.map(({ pattern }) => pattern)).toEqual([
    'ambassador',
    'sidecar',
    'adapter',
    'combined',
    'haproxy',
  ]);
});

test('one changed line in one app: that image is built, its Pods roll, and no others', async ({ copy }) => {
  const { pods } = await connectToKit();
  const podsBefore = await Promise.all(['ambassador', 'adapter', 'combined'].map((name) => pods.podName(name)));
  await using _ = await edit(copy, 'apps/log-adapter/src/main.ts', append("process.title = 'log-adapter';"));

  const changed = await runUp({ cwd: copy });
  expect(changed.images.filter(({ built }) => built).map(({ name }) => name)).toEqual(['log-adapter']);
  expect(changed.images.filter(({ loaded }) => loaded).map(({ name }) => name)).toEqual(['log-adapter']);
  const configured = changed.objects.filter(({ action }) => action !== 'unchanged');
  expect(configured.map(({ kind, name, action }) => `${action} ${kind}/${name}`).sort()).toEqual([
    'configured Deployment/adapter',
    'configured Deployment/adapter-batch',
    'configured Deployment/adapter-nginx',
    'configured Deployment/combined',
  ]);
  const podsAfter = await Promise.all(['ambassador', 'adapter', 'combined'].map((name) => pods.podName(name)));
  expect(podsAfter.map((name, index) => name === podsBefore[index])).toEqual([true, false, false]);

  // Back to this checkout; and the version of the copy leaves the engine and the node.
  const restored = await runUp();
  const superseded = changed.images.find(({ name }) => name === 'log-adapter')?.reference;
  expect(restored.removedImages).toContain(superseded);
});

test('a manifest that is not valid YAML is named with its line, and nothing is touched', async ({ copy }) => {
  await using _ = await edit(copy, 'manifests/adapter/service.yaml', append('  broken: ['));
  const { error, exitCode } = await runUp({ cwd: copy, exitCode: 5 });
  expect(error?.code).toBe('MANIFEST_INVALID');
  expect(error?.message).toMatch(/manifests\/adapter\/service\.yaml:\d+/);
  expect(exitCode).toBe(5);
});

test('a manifest whose image does not exist ends with the reason, and the old Pods go on serving', async ({ copy }) => {
  const { pods, urls } = await connectToKit();
  const before = await pods.podName('adapter');
  await using _ = await edit(copy, 'manifests/adapter/deployment.yaml', (text) =>
    text.replace('pod-patterns/legacy-app:dev', 'registry.invalid/no-such-app:1'),
  );
  const { error } = await runUp({ cwd: copy, exitCode: 5 });
  expect(error?.message).toContain('registry.invalid/no-such-app:1');
  expect(error?.message).toMatch(/Pod\/adapter-/);
  expect((await fetch(`${urls['adapter']}/metrics`)).status).toBe(200);
  const status = await runScript('status');
  expect(status.exitCode).toBe(5);
  expect(status.stdout).toContain('registry.invalid/no-such-app:1');
  await runUp();
  expect((await runScript('status')).exitCode).toBe(0);
  expect(await pods.podName('adapter')).toBe(before);
});

test('a ConfigMap that is read at the start only: its Pod rolls, and the old one serves until the new one can', async ({
  copy,
}) => {
  const { pods, urls } = await connectToKit();
  const podNames = () => Promise.all(['ambassador-haproxy', 'ambassador'].map((name) => pods.podName(name)));
  const before = await podNames();
  const setLimit = (line: string) =>
    edit(copy, 'manifests/twins/haproxy/configmap.yaml', (text) => text.replace('maxconn 2100', line));

  {
    await using _ = await setLimit('no-such-keyword');
    const { error } = await runUp({ cwd: copy, exitCode: 5 });
    expect(error?.message).toMatch(/Pod\/ambassador-haproxy-/);
    expect((await fetch(`${urls['haproxy']}/orders/17`)).status).toBe(200);
    expect(await podNames()).toEqual(before);
  }

  await using _ = await setLimit('maxconn 2101');
  const changed = await runUp({ cwd: copy });
  const configured = changed.objects.filter(({ action }) => action !== 'unchanged');
  expect(configured.map(({ kind, name, action }) => `${action} ${kind}/${name}`).sort()).toEqual([
    'configured ConfigMap/ambassador-haproxy-config',
    'configured Deployment/ambassador-haproxy',
  ]);
  const after = await podNames();
  expect(after.map((name, index) => name === before[index])).toEqual([false, true]);
  await runUp();
});

test('a new key for the push webhook is taken up by the Pods that run', async () => {
  const { core, pods } = await connectToKit();
  const podNames = () => Promise.all(['git-server', 'sidecar', 'combined'].map((name) => pods.podName(name)));
  const before = await podNames();
  await core.deleteNamespacedSecret({ name: 'git-push', namespace: NAMESPACE });
  const { objects } = await runUp();
  expect(objects.filter(({ action }) => action !== 'unchanged')).toEqual([
    { kind: 'Secret', name: 'git-push', action: 'created' },
  ]);
  expect(await podNames()).toEqual(before);
  const { data } = await core.readNamespacedSecret({ name: 'git-push', namespace: NAMESPACE });
  const key = Buffer.from(data?.['secret'] ?? '', 'base64').toString();
  const holders = [
    ['git-server', 'backend'],
    ['sidecar', 'git-sync'],
    ['combined', 'git-sync'],
  ] as const;
  for (const name of before) await hurryKubelet(core, { name, namespace: NAMESPACE });
  await expect
    .poll(
      () =>
        Promise.all(
          holders.map(
            async ([pod, container]) => (await pods.exec(pod, container, ['cat', '/etc/git-push/secret'])).stdout,
          ),
        ),
      { timeout: 180_000, interval: 2_000 },
    )
    .toEqual(holders.map(() => key));
});

test('an interrupt ends it at once, and the next one goes on from there', async ({ copy }) => {
  await using _ = await edit(copy, 'apps/legacy-app/src/main.ts', append("process.title = 'legacy-app';"));
  const child = execa(process.execPath, ['scripts/main.ts', 'up'], { cwd: copy, reject: false, all: true });
  for await (const line of child.iterable({ from: 'all' })) if (line.includes('building')) child.kill('SIGINT');
  const { exitCode, all } = await child;
  expect({ exitCode, all }).toMatchObject({ exitCode: 130, all: expect.stringContaining('Interrupted') });
  const result = await runUp();
  expect(result.ok).toBe(true);
});

test('the exports of env give a shell a kubectl for this cluster', async () => {
  const { stdout: exports } = await runScript('env');
  const { stdout } = await execa('bash', ['-c', `${exports}\nkubectl get namespace ${NAMESPACE} --output name`]);
  expect(stdout).toBe(`namespace/${NAMESPACE}`);
});

test('the tag of an image comes from its content, not from where the checkout is', async ({ copy }) => {
  const hash = async (where: string) =>
    createHash('sha256')
      .update((await bundleApp(where, 'ambassador')).code)
      .digest('hex');
  expect(await hash(copy)).toBe(await hash(root));
});
