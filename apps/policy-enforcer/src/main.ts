/** policy-enforcer: makes the kernel of its node enforce the NetworkPolicies of the cluster. */
import { createChangeLoop } from '@pod-patterns/runtime/change-loop.ts';
import { AppError } from '@pod-patterns/runtime/errors.ts';
import { inClusterServer } from '@pod-patterns/runtime/kube/api-server.ts';
import type { ObjectSource } from '@pod-patterns/runtime/kube/follow.ts';
import { keepFollowing } from '@pod-patterns/runtime/kube/keep-following.ts';
import type { WatchedObject } from '@pod-patterns/runtime/kube/watch-events.ts';
import { createLogger } from '@pod-patterns/runtime/logger.ts';
import { startOpsServer } from '@pod-patterns/runtime/ops-server.ts';
import { exitOnSignals } from '@pod-patterns/runtime/shutdown.ts';
import { Gauge, Registry } from 'prom-client';
import { bridgeFault } from './bridge.ts';
import { compile, type ClusterObjects } from './compile.ts';
import { readConfig } from './config.ts';
import type { Namespace, NetworkPolicy, Pod } from './kube-types.ts';
import { runNft } from './nft.ts';
import { REMOVE_TABLE, render } from './render.ts';
import { isUninstalled } from './uninstall.ts';

const SETTLE_MS = 50;
const RETRY_MS = 2_000;
const SHUTDOWN_TIMEOUT_MS = 8_000;

const log = createLogger({ service: 'policy-enforcer' });

async function main(): Promise<void> {
  const { nodeName, daemonSet, opsPort } = readConfig(process.env);
  const api = await inClusterServer({ env: process.env });
  const registry = new Registry();
  const isolated = new Gauge({
    name: 'policy_enforcer_isolated_pods',
    help: 'Pods of this node to which a policy applies, by direction.',
    labelNames: ['direction'] as const,
    registers: [registry],
  });
  const stop = new AbortController();
  const { signal } = stop;
  const seen: { -readonly [Kind in keyof ClusterObjects]?: ClusterObjects[Kind] } = {};
  let inForce: string | undefined;

  const loop = createChangeLoop({
    async work() {
      const { policies, pods, namespaces } = seen;
      if (policies === undefined || pods === undefined || namespaces === undefined) return;
      const model = compile({ policies, pods, namespaces }, nodeName);
      const script = render(model);
      if (script === inForce) return;
      await runNft(script);
      inForce = script;
      for (const direction of ['ingress', 'egress'] as const) {
        const of = model.isolations.filter((isolation) => isolation.direction === direction);
        isolated.set({ direction }, new Set(of.flatMap((isolation) => isolation.pods)).size);
      }
      log.info({ policies: policies.length, chains: model.isolations.length }, 'rules in force');
    },
    ...{ log, settleMs: SETTLE_MS, retryMs: RETRY_MS },
  });

  const followAll = <Item extends WatchedObject>(
    what: string,
    source: ObjectSource<Item>,
    set: (all: readonly Item[]) => void,
  ) => {
    const onObjects = (all: readonly Item[]) => {
      set(all);
      loop.wake();
    };
    // Rules of what was seen last are better than none, so a refusal changes nothing.
    void keepFollowing(source, { what, onObjects, onRefused: () => undefined, log, signal });
  };
  const policies = api.collection<NetworkPolicy>('/apis/networking.k8s.io/v1/networkpolicies');
  followAll('NetworkPolicy', policies, (all) => (seen.policies = all));
  followAll('Pod', api.collection<Pod>('/api/v1/pods'), (all) => (seen.pods = all));
  followAll('Namespace', api.collection<Namespace>('/api/v1/namespaces'), (all) => (seen.namespaces = all));

  const ops = await startOpsServer({
    port: opsPort,
    // The node's own address would show it to everybody who reaches the node.
    host: '127.0.0.1',
    registry,
    readiness: () => ({ rules: inForce === undefined ? 'no rules yet' : 'ok', bridge: bridgeFault() ?? 'ok' }),
  });
  const ended = loop.run(signal);
  exitOnSignals({
    log,
    timeoutMs: SHUTDOWN_TIMEOUT_MS,
    async close() {
      stop.abort();
      await ended;
      if (await isUninstalled(api, daemonSet, AbortSignal.timeout(SHUTDOWN_TIMEOUT_MS / 2))) {
        await runNft(REMOVE_TABLE);
        log.info('uninstalled: the rules are removed');
      }
      await ops[Symbol.asyncDispose]();
      api[Symbol.dispose]();
    },
  });
  log.info({ node: nodeName, ops_port: ops.port }, 'started');
}

void main().catch((error: unknown) => {
  const details = error instanceof AppError ? { code: error.code, remedy: error.remedy } : {};
  log.fatal({ err: error, ...details }, 'could not start');
  process.exitCode = 1;
});
