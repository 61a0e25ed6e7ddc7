/** The two ports: probes and metrics for the cluster, and pushes for the Git server. */
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AppError, describeError } from '@pod-patterns/runtime/errors.ts';
import { startOpsServer, type OpsServer } from '@pod-patterns/runtime/ops-server.ts';
import type { Address } from './config.ts';
import type { Metrics } from './metrics.ts';
import type { Readiness } from './readiness.ts';

/** Serves --http-bind. Throws an AppError `BIND_FAILED`. */
export async function serveOps(address: Address, metrics: Metrics, readiness: Readiness): Promise<OpsServer> {
  const isReady = () => Object.values(readiness.checks()).every((state) => state === 'ok');
  return await bind('http-bind', () =>
    startOpsServer({
      ...listenOptions(address),
      registry: metrics.registry,
      readiness: readiness.checks,
      // kubernetes/git-sync answers its probes here.
      routes: { '/': (_request, response) => response.writeHead(isReady() ? 200 : 503).end() },
    }),
  );
}

/**
 * Serves --push-bind: a port of its own, so that a NetworkPolicy can open it to the Git server, or an Ingress to the
 * world, without the metrics. Throws an AppError `BIND_FAILED`.
 */
export async function servePushes(address: Address, listener: RequestListener): Promise<OpsServer> {
  const server = createServer({ headersTimeout: 5_000, requestTimeout: 30_000 }, listener);
  await bind('push-bind', async () => {
    server.listen(listenOptions(address));
    await once(server, 'listening');
  });
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function listenOptions({ host, port }: Address): { port: number; host?: string } {
  return { port, ...(host === undefined ? {} : { host }) };
}

async function bind<Result>(flag: string, start: () => Promise<Result>): Promise<Result> {
  try {
    return await start();
  } catch (error) {
    throw new AppError(
      'BIND_FAILED',
      `cannot serve on --${flag}: ${describeError(error)}`,
      'Name an address of this host and a port that is free.',
      { cause: error },
    );
  }
}
