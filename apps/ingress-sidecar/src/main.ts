/** ingress-sidecar: makes a HAProxy in the same Pod serve the Ingress objects of a class. */
import { isIP } from 'node:net';
import { createChangeLoop } from '@pod-patterns/runtime/change-loop.ts';
import { AppError } from '@pod-patterns/runtime/errors.ts';
import { inClusterServer } from '@pod-patterns/runtime/kube/api-server.ts';
import { createLogger } from '@pod-patterns/runtime/logger.ts';
import { startOpsServer } from '@pod-patterns/runtime/ops-server.ts';
import { exitOnSignals } from '@pod-patterns/runtime/shutdown.ts';
import { readConfig } from './config.ts';
import { createController } from './controller.ts';
import { followCluster } from './follow-cluster.ts';
import { createHaproxy } from './haproxy.ts';
import { createMetrics } from './metrics.ts';
import { createPublisher } from './publisher.ts';
import { createReporter } from './report.ts';
import { createStore } from './store.ts';

const RELOAD_TIMEOUT_MS = 15_000;
const SETTLE_MS = 100;
const RETRY_MS = 2_000;
const SHUTDOWN_TIMEOUT_MS = 5_000;

const log = createLogger({ service: 'ingress-sidecar' });

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const { publishedAddress, ports, opsPort } = config;
  const api = await inClusterServer({ env: process.env });
  const metrics = createMetrics();
  const publisher = createPublisher({
    store: createStore(config.configFolder),
    haproxy: createHaproxy({ opsPort: ports.ops, timeoutMs: RELOAD_TIMEOUT_MS, ownPid: process.pid }),
    ports,
    log,
  });
  const reporter = createReporter({
    api,
    address:
      publishedAddress === undefined
        ? undefined
        : { [isIP(publishedAddress) === 0 ? 'hostname' : 'ip']: publishedAddress },
    instance: process.env['HOSTNAME'] ?? 'ingress-sidecar',
    now: () => new Date(),
    log,
  });
  const controller = createController({
    ...{ publisher, reporter, metrics, log },
    ...{ settleMs: SETTLE_MS, retryMs: RETRY_MS },
  });
  const stop = new AbortController();
  const ops = await startOpsServer({
    port: opsPort,
    registry: metrics.registry,
    readiness: () => ({ configuration: controller.isPublished() ? 'ok' : 'nothing is published yet' }),
    notes: () => ({
      haproxy: publisher.refusedId() === undefined ? 'ok' : `refused generation ${publisher.refusedId()}`,
    }),
  });
  const { ingressClass, namespace } = config;
  const loop = createChangeLoop({
    work: (signal) => controller.work(view, signal),
    ...{ log, settleMs: SETTLE_MS, retryMs: RETRY_MS },
  });
  const view = followCluster({ api, ingressClass, namespace, onChange: loop.wake, log, signal: stop.signal });
  const ended = loop.run(stop.signal);
  exitOnSignals({
    log,
    timeoutMs: SHUTDOWN_TIMEOUT_MS,
    async close() {
      stop.abort();
      await ended;
      await ops[Symbol.asyncDispose]();
      api[Symbol.dispose]();
    },
  });
  log.info({ ingress_class: ingressClass, namespace: namespace ?? 'all', ops_port: ops.port }, 'started');
}

void main().catch((error: unknown) => {
  const details = error instanceof AppError ? { code: error.code, remedy: error.remedy } : {};
  log.fatal({ err: error, ...details }, 'could not start');
  process.exitCode = 1;
});
