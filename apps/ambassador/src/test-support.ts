/** What the tests share: real upstreams, a client that speaks in bytes, and an ambassador between them. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect, createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { createLogger } from '@pod-patterns/runtime/logger.ts';
import { Registry } from 'prom-client';
import { expect } from 'vitest';
import { createAmbassador } from './ambassador.ts';
import { configSchema, type Config } from './config.ts';
import { createMetrics } from './metrics.ts';
import { createRecorder } from './recorder.ts';
import type { Upstream } from './upstream.ts';

export interface TestServer extends AsyncDisposable {
  readonly port: number;
  readonly server: Server;
  /** Every request that reached it, in order. */
  readonly requests: IncomingMessage[];
  /** Connections that were opened to it, ever. */
  readonly connections: Socket[];
}

type Handler = (request: IncomingMessage, response: ServerResponse) => unknown;

/** An HTTP server, on a free port unless told another; leaving the scope closes it and its connections. */
export async function startServer(handler: Handler, port = 0): Promise<TestServer> {
  const requests: IncomingMessage[] = [];
  const connections: Socket[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    void handler(request, response);
  });
  server.on('connection', (socket) => connections.push(socket));
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    server,
    requests,
    connections,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of connections) socket.destroy();
      await closed;
    },
  };
}

export interface RawServer extends AsyncDisposable {
  readonly port: number;
  /** Everything that arrived, one string a connection. */
  readonly received: string[];
}

/** A server that sees the bytes themselves; `onData` is told all that one connection has sent so far. */
export async function startRawServer(onData: (socket: Socket, received: string) => void): Promise<RawServer> {
  const received: string[] = [];
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    const index = received.push('') - 1;
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      received[index] += chunk.toString('latin1');
      onData(socket, received[index] ?? '');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    received,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

export interface RawClient extends Disposable {
  readonly socket: Socket;
  /** What has arrived so far, one character a byte. */
  readonly received: string;
  readonly isClosed: boolean;
  send(text: string): void;
  /** Waits until what has arrived matches, and gives it back. */
  until(pattern: RegExp | string): Promise<string>;
  /** Waits until the connection is closed, and gives back all that arrived. */
  untilClosed(): Promise<string>;
}

export async function connectRaw(port: number, text = ''): Promise<RawClient> {
  const socket = connect({ port, host: '127.0.0.1' });
  await once(socket, 'connect');
  let received = '';
  let isClosed = false;
  socket.on('data', (chunk) => (received += chunk.toString('latin1')));
  socket.on('error', () => undefined);
  socket.on('close', () => (isClosed = true));
  const client: RawClient = {
    socket,
    get received() {
      return received;
    },
    get isClosed() {
      return isClosed;
    },
    send: (bytes) => void socket.write(bytes, 'latin1'),
    async until(pattern) {
      await expect.poll(() => received, { timeout: 5_000 }).toMatch(pattern);
      return received;
    },
    async untilClosed() {
      await expect.poll(() => isClosed, { timeout: 5_000 }).toBe(true);
      return received;
    },
    [Symbol.dispose]: () => void socket.destroy(),
  };
  if (text !== '') client.send(text);
  return client;
}

/** A free port on which nothing listens, as far as one can know. */
export async function findFreePort(): Promise<number> {
  const server = createTcpServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

export interface TestAmbassador extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  readonly registry: Registry;
  /** The lines that were logged. */
  readonly logged: Record<string, unknown>[];
  readonly ports: ReadonlyMap<string, number>;
  apply(config: Config): Promise<void>;
  drain(): Promise<void>;
  /** The value of one metric with exactly these labels; 0 if there is none. */
  metric(name: string, labels?: Record<string, string>): Promise<number>;
}

export interface TestAmbassadorOptions {
  readonly timeouts?: Partial<Config['timeouts']>;
  readonly upstream?: Partial<Config['upstreams'][string]>;
  readonly limits?: Partial<Config['limits']>;
  readonly trustedProxies?: readonly string[];
  readonly accessLog?: boolean;
  /** Header rules of the listener. */
  readonly rules?: Pick<Config['listeners'][number], 'requestHeaders' | 'responseHeaders'>;
}

/** The configuration of one listener `test` on a port of the system's choice, before one upstream `app`. */
export function createConfig(upstreamPort: number, options: TestAmbassadorOptions = {}): Config {
  const { timeouts, upstream, limits, rules, ...rest } = options;
  return configSchema.parse({
    listeners: [{ name: 'test', host: '127.0.0.1', port: 0, upstream: 'app', ...rules }],
    upstreams: { app: { port: upstreamPort, ...upstream } },
    timeouts: { ...timeouts },
    limits: { ...limits },
    ...rest,
  });
}

/** An ambassador within this process, with the configuration of createConfig. */
export async function startAmbassador(
  upstreamPort: number,
  options: TestAmbassadorOptions = {},
): Promise<TestAmbassador> {
  const logged: Record<string, unknown>[] = [];
  const write = (line: string) => void logged.push(JSON.parse(line) as Record<string, unknown>);
  const log = createLogger({ service: 'ambassador', destination: { write } });
  const registry = new Registry();
  const upstreams = new Map<string, Upstream>();
  const metrics = createMetrics(registry, () => upstreams.values());
  const now = () => performance.now();
  const recorder = createRecorder({ log, metrics, now });
  const ambassador = createAmbassador({ log, metrics, recorder, now, upstreams });
  const config = createConfig(upstreamPort, options);
  await ambassador.apply(config);
  const port = ambassador.ports.get('test') ?? 0;
  let isDrained = false;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    registry,
    logged,
    get ports() {
      return ambassador.ports;
    },
    apply: (next) => ambassador.apply(next),
    async drain() {
      isDrained = true;
      await ambassador.drain();
    },
    async metric(name, labels = {}) {
      const found = (await registry.getSingleMetric(name)?.get())?.values.filter((value) =>
        Object.entries(labels).every(([key, label]) => value.labels[key] === label),
      );
      return (found ?? []).reduce((sum, { value }) => sum + value, 0);
    },
    async [Symbol.asyncDispose]() {
      if (isDrained) return;
      const { timeouts } = ambassador.config ?? config;
      await ambassador.apply({ ...(ambassador.config ?? config), timeouts: { ...timeouts, drainTimeoutMs: 1 } });
      await ambassador.drain();
    },
  };
}

/** The body of a response that came over a raw connection and has a Content-Length. */
export function bodyOf(response: string): string {
  return response.slice(response.indexOf('\r\n\r\n') + 4);
}
