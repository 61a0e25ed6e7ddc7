/** What the containers of a Pod share, and what others cannot reach. */
import { expect, test } from 'vitest';
import { connectToKit, NAMESPACE } from '../support/kit.ts';

const { core, pods } = await connectToKit();

/** Fetches from inside a Pod; prints the status, or the error's code. */
const fetchScript = (url: string) =>
  `fetch('${url}', { signal: AbortSignal.timeout(5000) }).then((r) => console.log(r.status), (e) => console.log(e.cause?.code ?? e.name))`;

async function fetchFrom(deployment: string, container: string, url: string): Promise<string> {
  const { stdout } = await pods.exec(deployment, container, ['node', '-e', fetchScript(url)]);
  return stdout.trim();
}

test('the program behind the ambassador is reached through it, and in no other way', async () => {
  const { status } = await core.readNamespacedPod({ name: await pods.podName('ambassador'), namespace: NAMESPACE });
  const address = status?.podIP ?? '';
  expect(await fetchFrom('adapter', 'legacy-app', `http://${address}:8775/health`)).toBe('ECONNREFUSED');
  expect(await fetchFrom('adapter', 'legacy-app', `http://${address}:80/health`)).toBe('200');
  expect(await fetchFrom('adapter', 'legacy-app', 'http://ambassador/health')).toBe('200');
  // Within its own Pod it is on localhost, for every container.
  expect(await fetchFrom('ambassador', 'ambassador', 'http://127.0.0.1:8775/health')).toBe('200');
});

/** Lists the processes that a container sees, as `PID name`. */
const LIST_PROCESSES = `
  const fs = require('fs');
  for (const pid of fs.readdirSync('/proc').filter((name) => /^\\d+$/.test(name))) {
    try {
      const stat = fs.readFileSync('/proc/' + pid + '/stat', 'utf8');
      console.log(pid, stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')')), stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    } catch {}
  }`;

async function processes(deployment: string, container: string) {
  const { stdout } = await pods.exec(deployment, container, ['node', '-e', LIST_PROCESSES]);
  return stdout
    .trim()
    .split('\n')
    .map((line) => /^(?<pid>\d+) (?<name>.*) (?<parent>\d+)$/.exec(line)?.groups)
    .map((groups) => ({
      pid: Number(groups?.['pid']),
      name: groups?.['name'] ?? '',
      parent: Number(groups?.['parent']),
    }));
}

const workersOf = (list: Awaited<ReturnType<typeof processes>>) => {
  const nginx = list.filter(({ name }) => name === 'nginx');
  const master = nginx.find(({ parent }) => !nginx.some(({ pid }) => pid === parent));
  return { master: master?.pid, workers: nginx.filter(({ parent }) => parent === master?.pid).map(({ pid }) => pid) };
};

test('in a shared process namespace the sidecar sees nginx and signals it, without any capability', async () => {
  const status = await pods.exec('sidecar', 'git-sync', ['cat', '/proc/self/status']);
  expect(status.stdout).toMatch(/^CapEff:\t0+$/m);
  expect(status.stdout).toMatch(/^CapBnd:\t0+$/m);
  const before = workersOf(await processes('sidecar', 'git-sync'));
  expect(before.master).toBeGreaterThan(1);
  const kill = await pods.exec('sidecar', 'git-sync', ['node', '-e', `process.kill(${before.master}, 'SIGHUP')`]);
  expect(kill).toMatchObject({ exitCode: 0, stderr: '' });
  // A reload of nginx: the same master, new workers.
  await expect
    .poll(async () => workersOf(await processes('sidecar', 'git-sync')), { timeout: 30_000 })
    .toSatisfy((after: typeof before) => {
      return (
        after.master === before.master &&
        after.workers.length > 0 &&
        !after.workers.some((pid) => before.workers.includes(pid))
      );
    });
});

test('without a shared process namespace a container sees its own processes only', async () => {
  const names = (await processes('ambassador', 'ambassador')).map(({ name }) => name);
  expect(names).not.toContain('pause');
  // The program and the one that lists.
  expect(names).toHaveLength(2);
});

test('every Pod is admitted under the restricted standard, and none has a token of the API', async () => {
  const namespace = await core.readNamespace({ name: NAMESPACE });
  expect(namespace.metadata?.labels).toMatchObject({ 'pod-security.kubernetes.io/enforce': 'restricted' });
  const { items } = await core.listNamespacedPod({ namespace: NAMESPACE });
  expect(items.length).toBeGreaterThanOrEqual(7);
  for (const { spec } of items) {
    expect(spec?.automountServiceAccountToken).toBe(false);
    expect(spec?.volumes?.some(({ name }) => name.startsWith('kube-api-access'))).toBe(false);
  }
});
