/**
 * What the configuration file may say. Every default is in this schema, so that `GET /config` shows what is in force,
 * and an unknown key is an error, so that a misspelt one is not quietly ignored. The descriptions are what an editor
 * shows beside a key.
 */
import * as z from 'zod';
import { checkConfig } from './config-checks.ts';
import {
  cidr,
  countBetween,
  durationMs,
  headerName,
  headerValue,
  host,
  listenPort,
  metricName,
  port,
  requestPath,
} from './config-values.ts';

const HeaderRules = z.strictObject({
  set: z.record(headerName, headerValue).optional().describe('Put in place of all headers of that name.'),
  add: z.record(headerName, headerValue).optional().describe('Put after the headers that are there.'),
  remove: z.array(headerName).optional().describe('Taken out before anything is set or added.'),
});

const Listener = z
  .strictObject({
    name: metricName.optional().describe('Names the listener in logs and metrics; port-<port> unless told.'),
    host: host.optional().describe('Where to listen; all addresses unless told.'),
    port: listenPort.describe('0 lets the system choose; the log says which it was.'),
    upstream: z.string().describe('A key of upstreams.'),
    requestHeaders: HeaderRules.optional().describe('Changes to the headers that the upstream gets.'),
    responseHeaders: HeaderRules.optional().describe('Changes to the headers that the client gets.'),
  })
  .transform((listener) => ({ ...listener, name: listener.name ?? `port-${listener.port}` }));

const HealthCheck = z.strictObject({
  path: requestPath.describe('Asked with GET; a status of 200 to 399 is healthy.'),
  intervalMs: durationMs.min(100).default(2_000).describe('From one check to the next, more or less a tenth.'),
  timeoutMs: durationMs.default(1_000).describe('For the head of the answer.'),
  rise: countBetween(1, 100).default(2).describe('Good checks in a row until it gets requests again.'),
  fall: countBetween(1, 100).default(3).describe('Bad checks in a row until it gets no more requests.'),
});

const Ejection = z.strictObject({
  consecutiveFailures: countBetween(1, 10_000).default(5).describe('Failed requests in a row that eject it.'),
  durationMs: durationMs.default(10_000).describe('How long it gets no request; then one is tried.'),
});

const Upstream = z.strictObject({
  host: host.default('127.0.0.1').describe('Name or address; a name is resolved for each new connection.'),
  port,
  poolSize: countBetween(1, 10_000)
    .default(128)
    .describe('Connections, and so requests, at once; tunnels not counted.'),
  maxQueued: countBetween(0, 100_000).default(1_024).describe('Requests that may wait for a connection.'),
  retries: countBetween(0, 10).default(2).describe('How often a request is sent again where that does no harm.'),
  healthCheck: HealthCheck.optional().describe('Asks the upstream regularly whether it is well; not done unless told.'),
  ejection: Ejection.optional().describe('Leaves the upstream alone after failed requests; not done unless told.'),
});

const Timeouts = z.strictObject({
  connectTimeoutMs: durationMs.default(2_000).describe('For a connection to an upstream.'),
  requestHeadTimeoutMs: durationMs.default(10_000).describe('For the head of a request to arrive.'),
  requestTimeoutMs: durationMs.default(300_000).describe('For a request to arrive, body included.'),
  responseTimeoutMs: durationMs.default(30_000).describe('From the end of a request to the head of its answer.'),
  idleTimeoutMs: durationMs.default(60_000).describe('Without a byte: in a body, and between requests.'),
  tunnelIdleTimeoutMs: durationMs.default(3_600_000).describe('Without a byte through a WebSocket.'),
  queueTimeoutMs: durationMs.default(5_000).describe('For a request to wait until a connection is free.'),
  drainTimeoutMs: durationMs.default(15_000).describe('For what is in flight when it is told to end.'),
});

const Limits = z.strictObject({
  maxConnections: countBetween(1, 100_000).default(1_024).describe('Connections of clients to one listener.'),
  maxInFlight: countBetween(1, 100_000).default(1_024).describe('Requests at once through one listener.'),
  maxHeaderBytes: countBetween(1_024, 1_048_576).default(16_384).describe('Of the head of a request.'),
  maxHeaders: countBetween(8, 10_000).default(100).describe('Lines of the head of a request.'),
  maxBodyBytes: countBetween(0, Number.MAX_SAFE_INTEGER).optional().describe('Of a request; no limit unless told.'),
});

const Ops = z.strictObject({
  host: host.optional().describe('Where probes and metrics are answered; all addresses unless told.'),
  port: listenPort.default(9901).describe('Read at the start only.'),
});

/** The schema of the whole file; what it yields has every default filled in. */
export const configSchema = z
  .strictObject({
    listeners: z.array(Listener).min(1).describe('Where requests come in.'),
    upstreams: z.record(metricName, Upstream).describe('Where requests go, by the name that listeners use.'),
    ops: Ops.prefault({}).describe('The port of probes, metrics and GET /config.'),
    timeouts: Timeouts.prefault({}).describe('In milliseconds.'),
    limits: Limits.prefault({}).describe('What is too much.'),
    trustedProxies: z.array(cidr).default([]).describe('Networks whose Forwarded and X-Forwarded-* are believed.'),
    accessLog: z.boolean().default(true).describe('Whether each request is a line of the log.'),
  })
  .superRefine((config, context) => {
    checkConfig(config, (path, message) => context.addIssue({ code: 'custom', path, message }));
  });

export type Config = z.infer<typeof configSchema>;
export type ListenerConfig = Config['listeners'][number];
export type UpstreamConfig = Config['upstreams'][string];
export type HealthCheckConfig = NonNullable<UpstreamConfig['healthCheck']>;
export type EjectionConfig = NonNullable<UpstreamConfig['ejection']>;
export type HeaderRules = z.infer<typeof HeaderRules>;
export type Timeouts = Config['timeouts'];
export type Limits = Config['limits'];
