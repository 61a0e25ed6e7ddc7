/**
 * Constant load on the ambassador of the running kit, through its node port, and the two changes that must not be seen
 * in it. Half of the requests use connections that are kept, the others a new one each, as both kinds of client exist.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { AppsV1Api, CoreV1Api, PatchStrategy, setHeaderOptions, type KubeConfig } from '@kubernetes/client-node';
import { hurryKubelet } from '../../support/hurry-kubelet.ts';
import { call, ScopedAgent } from './clients.ts';
import type { FailureLog } from './failures.ts';
import { measureCapacity, startOpenLoad, type OpenLoad } from './open-load.ts';

const NAMESPACE = 'pod-patterns';
const DEPLOYMENT = 'ambassador';
const CONFIG_MAP = { name: 'ambassador-config', key: 'ambassador.yaml' };
const SELECTOR = 'app.kubernetes.io/name=ambassador';
const KIT_FIELD_MANAGER = 'pod-patterns';
const OPS_PORT = 9901;
const MAX_REQUESTS_PER_SECOND = 100;
/** Of what the kit sustains on this machine, since a rollout needs time as well: what is measured is not the app. */
const LOAD_SHARE = 0.3;
const CAPACITY_MS = 3_000;
const KEPT_CONNECTIONS = 10;
/** Longer than the app itself waits for anything. */
const IDLE_TIMEOUT_MS = 10_000;
const POLL_INTERVAL_MS = 250;
const ROLLOUT_TIMEOUT_MS = 150_000;
/** Without the hurry below the kubelet looks every minute or so, and what it then finds may be a minute old. */
const CONFIG_TIMEOUT_MS = 150_000;

export interface KitLoad extends OpenLoad, Disposable {
  readonly requestsPerSecond: number;
}

/** Every fourth is a POST; whatever is not answered as it should be is a failure. Leaving the scope closes connections. */
export async function startKitLoad(url: string, failures: FailureLog): Promise<KitLoad> {
  const port = Number(new URL(url).port);
  const kept = new ScopedAgent({ keepAlive: true, maxSockets: KEPT_CONNECTIONS, scheduling: 'fifo' });
  const fresh = new ScopedAgent();
  let orders = 0;
  const send = async () => {
    const order = (orders += 1);
    const [name, agent] = order % 2 === 0 ? (['kept connection', kept] as const) : (['new connection', fresh] as const);
    try {
      const isPost = order % 4 < 2;
      const options = { port, agent, idleTimeoutMs: IDLE_TIMEOUT_MS };
      const { status, body } = isPost
        ? await call({ ...options, path: '/orders', method: 'POST', body: JSON.stringify({ order }) })
        : await call({ ...options, path: `/orders/${order}` });
      if (status !== (isPost ? 201 : 200) || !body.toString().includes(String(order)))
        failures.add(name, `${status} at ${new Date().toISOString()}: ${body.toString().slice(0, 200)}`);
    } catch (error) {
      failures.add(name, `${String(error)} at ${new Date().toISOString()}`);
    }
  };
  const capacity = await measureCapacity(CAPACITY_MS, send, KEPT_CONNECTIONS);
  const requestsPerSecond = Math.max(1, Math.min(MAX_REQUESTS_PER_SECOND, Math.floor(capacity * LOAD_SHARE)));
  const load = startOpenLoad(requestsPerSecond, send);
  return {
    requestsPerSecond,
    get sent() {
      return load.sent;
    },
    stop: () => load.stop(),
    [Symbol.dispose]() {
      kept.destroy();
      fresh.destroy();
    },
  };
}

/** As `kubectl rollout restart`; resolves when the new Pod serves and the old one is gone. */
export async function restartAmbassador(kubeConfig: KubeConfig, signal: AbortSignal): Promise<void> {
  const [apps, core] = [kubeConfig.makeApiClient(AppsV1Api), kubeConfig.makeApiClient(CoreV1Api)];
  const target = { name: DEPLOYMENT, namespace: NAMESPACE };
  const annotations = { 'kubectl.kubernetes.io/restartedAt': new Date().toISOString() };
  const { metadata } = await apps.patchNamespacedDeployment(
    { ...target, body: { spec: { template: { metadata: { annotations } } } } },
    setHeaderOptions('Content-Type', PatchStrategy.StrategicMergePatch),
  );
  const generation = metadata?.generation ?? 0;
  await until('the rollout is done', ROLLOUT_TIMEOUT_MS, signal, async () => {
    const { status } = await apps.readNamespacedDeployment(target);
    if ((status?.observedGeneration ?? 0) < generation || status?.updatedReplicas !== 1) return false;
    const { items } = await core.listNamespacedPod({ namespace: NAMESPACE, labelSelector: SELECTOR });
    return items.length === 1 && status.availableReplicas === 1;
  });
}

/** Changes a timeout that nobody meets, waits until the ambassador's own metric says that it is in use, and undoes it. */
export async function changeConfigMap(kubeConfig: KubeConfig, signal: AbortSignal): Promise<void> {
  const core = kubeConfig.makeApiClient(CoreV1Api);
  const target = { name: CONFIG_MAP.name, namespace: NAMESPACE };
  const { metadata, data } = await core.readNamespacedConfigMap(target);
  const original = data?.[CONFIG_MAP.key] ?? '';
  const { labels = {}, annotations = {} } = metadata ?? {};
  const write = async (text: string) => {
    const before = await countReloads(core);
    const body = {
      ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { ...target, labels, annotations } },
      data: { ...data, [CONFIG_MAP.key]: text },
    };
    // In the name of the kit: a field that somebody else changed would be left alone by the next `up`.
    await core.patchNamespacedConfigMap(
      { ...target, body, fieldManager: KIT_FIELD_MANAGER, force: true },
      setHeaderOptions('Content-Type', PatchStrategy.ServerSideApply),
    );
    await hurryKubelet(core, { name: await podName(core), namespace: NAMESPACE });
    await until('the new configuration is in use', CONFIG_TIMEOUT_MS, signal, async () => {
      return (await countReloads(core)) > before;
    });
  };
  try {
    await write(`${original}\ntimeouts: { tunnelIdleTimeoutMs: 7200000 }\n`);
  } finally {
    await write(original);
  }
}

async function podName(core: CoreV1Api): Promise<string> {
  const { items } = await core.listNamespacedPod({ namespace: NAMESPACE, labelSelector: SELECTOR });
  const name = items.find(({ metadata }) => metadata?.deletionTimestamp === undefined)?.metadata?.name;
  if (name === undefined) throw new Error('there is no Pod of the ambassador');
  return name;
}

async function countReloads(core: CoreV1Api): Promise<number> {
  const name = `${await podName(core)}:${OPS_PORT}`;
  const metrics = await core.connectGetNamespacedPodProxyWithPath({ name, namespace: NAMESPACE, path: 'metrics' });
  return Number(/^ambassador_config_reloads_total\{result="success"\} (\d+)$/m.exec(metrics)?.[1] ?? 0);
}

async function until(what: string, timeoutMs: number, signal: AbortSignal, isSo: () => Promise<boolean>) {
  const deadline = performance.now() + timeoutMs;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`waited ${timeoutMs / 1_000} s until ${what}`);
    await sleep(POLL_INTERVAL_MS, undefined, { signal });
  }
}
