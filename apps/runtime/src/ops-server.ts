/**
 * The operations port that every helper has: /livez and /readyz for the kubelet, /metrics for Prometheus.
 * It is a server of its own, so that probes and metrics answer even when the traffic port is saturated or draining.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { collectDefaultMetrics, type Registry } from 'prom-client';

/** What each condition of readiness says: `ok`, or why not. */
export type ReadinessChecks = Readonly<Record<string, string>>;

export interface OpsServerOptions {
  /** TCP port; 0 lets the system choose. */
  readonly port: number;
  /** Address to listen on; all of them unless told, because the kubelet and Prometheus come from outside the Pod. */
  readonly host?: string;
  readonly registry: Registry;
  /** Asked at every /readyz: the program is ready when every value is `ok`. */
  readonly readiness: () => ReadinessChecks;
  /** For `/readyz?verbose`: what does not decide about readiness, such as a reload that failed; `ok`, or what is wrong. */
  readonly notes?: () => ReadinessChecks;
  /** More paths of one program, such as `/config`; answer with GET only. */
  readonly routes?: Readonly<Record<string, RequestListener>>;
}

export interface OpsServer extends AsyncDisposable {
  readonly port: number;
}

/**
 * Starts the operations server; it has opened its port when the promise resolves.
 *
 * - `/livez`: 200 while the event loop turns; never looks at anything else, or a slow neighbour would get us restarted.
 * - `/readyz`: 200, or 503 with one line for each check that is not `ok`; `/readyz?verbose` lists all of them
 *   (`+` ok, `-` not ready), then the notes (`+` ok, `!` not).
 * - `/metrics`: Prometheus text format, the process's own metrics included.
 */
export async function startOpsServer(options: OpsServerOptions): Promise<OpsServer> {
  const { registry, readiness, notes = () => ({}), routes = {} } = options;
  collectDefaultMetrics({ register: registry });

  const builtIn: Record<string, RequestListener> = {
    '/livez': (_request, response) => answer(response, 200, 'ok\n'),
    '/readyz': (request, response) => answerReadiness(request, response, readiness(), notes()),
    '/metrics': (_request, response) => {
      registry.metrics().then(
        (text) => answer(response, 200, text, registry.contentType),
        (error: unknown) => answer(response, 500, `${String(error)}\n`),
      );
    },
  };

  const paths = Object.keys({ ...builtIn, ...routes }).join(', ');
  const server = createServer((request, response) => {
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    const route = routes[path] ?? builtIn[path];
    if (route === undefined) return answer(response, 404, `no such path: try ${paths}\n`);
    if (request.method !== 'GET' && request.method !== 'HEAD') return answer(response, 405, 'only GET and HEAD\n');
    return route(request, response);
  });
  server.listen(options.port, options.host);
  await once(server, 'listening');

  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      if (server.listening) await once(server, 'close');
    },
  };
}

function answerReadiness(
  request: IncomingMessage,
  response: ServerResponse,
  checks: ReadinessChecks,
  notes: ReadinessChecks,
): void {
  const isReady = Object.values(checks).every((state) => state === 'ok');
  const isVerbose = (request.url ?? '').includes('?verbose');
  const lines = Object.entries(checks)
    .filter(([, state]) => isVerbose || state !== 'ok')
    .map(describe('-'));
  if (isVerbose) lines.push(...Object.entries(notes).map(describe('!')));
  answer(response, isReady ? 200 : 503, `${lines.join('')}${isReady ? 'ready' : 'not ready'}\n`);
}

/** One line, whatever the text holds. */
function describe(bad: '-' | '!') {
  return ([name, state]: [string, string]) =>
    `${state === 'ok' ? '+' : bad} ${name}: ${state.replaceAll(/\s*\n\s*/g, ' ')}\n`;
}

function answer(response: ServerResponse, status: number, body: string, type = 'text/plain; charset=utf-8'): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) }).end(body);
}
