/**
 * What the configuration file may say. Every default is in this schema, so that `GET /config` shows what is in force,
 * and an unknown key is an error, so that a misspelt one is not quietly ignored.
 */
import { isIP } from 'node:net';
import { z } from 'zod';

/** The longest timeout that can be configured. */
export const MAX_DURATION_MS = 86_400_000;

const metricName = z.string().regex(/^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/, {
  error: 'must be 1 to 63 letters, digits, dots, hyphens or underscores, as it names a metric label',
});
const host = z
  .string()
  .refine((value) => isIP(value) !== 0 || /^[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9.])?$/.test(value), {
    error: 'must be a host name or an IP address, without scheme and port',
  });
const port = z.int().min(1).max(65_535);
/** 0 lets the system choose; the log says which one it was. */
const listenPort = z.int().min(0).max(65_535);
const durationMs = (preset: number) => z.int().min(1).max(MAX_DURATION_MS).default(preset);

const Listener = z
  .strictObject({ name: metricName.optional(), host: host.optional(), port: listenPort, upstream: z.string() })
  .transform((listener) => ({ ...listener, name: listener.name ?? `port-${listener.port}` }));

const Upstream = z.strictObject({
  host: host.default('127.0.0.1'),
  port,
  poolSize: z.int().min(1).max(10_000).default(128),
  retries: z.int().min(0).max(10).default(2),
});

const Timeouts = z
  .strictObject({
    connectTimeoutMs: durationMs(2_000),
    requestHeadTimeoutMs: durationMs(10_000),
    requestTimeoutMs: durationMs(300_000),
    responseTimeoutMs: durationMs(30_000),
    idleTimeoutMs: durationMs(60_000),
    tunnelIdleTimeoutMs: durationMs(3_600_000),
    drainTimeoutMs: durationMs(15_000),
  })
  .refine((timeouts) => timeouts.requestTimeoutMs >= timeouts.requestHeadTimeoutMs, {
    path: ['requestTimeoutMs'],
    error: 'must not be less than requestHeadTimeoutMs: the head is part of the request',
  });

const Ops = z.strictObject({ host: host.optional(), port: listenPort.default(9901) });

/** The schema of the whole file; what it yields has every default filled in. */
export const configSchema = z
  .strictObject({
    listeners: z.array(Listener).min(1),
    upstreams: z.record(metricName, Upstream),
    ops: Ops.prefault({}),
    timeouts: Timeouts.prefault({}),
  })
  .superRefine((config, context) => {
    const fault = (path: (string | number)[], message: string) => context.addIssue({ code: 'custom', path, message });
    const names = new Set<string>();
    for (const [index, listener] of config.listeners.entries()) {
      const at = (key: string) => ['listeners', index, key];
      const upstream = config.upstreams[listener.upstream];
      if (upstream === undefined) {
        const known = Object.keys(config.upstreams).join(', ') || 'none';
        fault(at('upstream'), `there is no upstream "${listener.upstream}"; there are: ${known}`);
      } else if (isSameAddress(listener, upstream)) {
        fault(at('upstream'), `"${listener.upstream}" is this listener itself, so a request would never end`);
      }
      if (names.has(listener.name)) fault(at('name'), `another listener is named "${listener.name}"`);
      names.add(listener.name);
      const others = [...config.listeners.slice(0, index), config.ops];
      if (others.some((other) => overlaps(listener, other))) {
        fault(at('port'), `${describeAddress(listener)} is used by another listener or by ops`);
      }
    }
  });

export type Config = z.infer<typeof configSchema>;
export type ListenerConfig = Config['listeners'][number];
export type UpstreamConfig = Config['upstreams'][string];
export type Timeouts = Config['timeouts'];

interface Address {
  readonly host?: string | undefined;
  readonly port: number;
}

/** An address as it is shown to people; without a host it means all addresses of the Pod. */
export function describeAddress({ host, port }: Address): string {
  if (host === undefined) return `*:${port}`;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

const isWildcard = (value: string | undefined) => value === undefined || value === '::' || value === '0.0.0.0';

function overlaps(a: Address, b: Address): boolean {
  return a.port !== 0 && a.port === b.port && (a.host === b.host || isWildcard(a.host) || isWildcard(b.host));
}

function isSameAddress(listener: Address, upstream: Address): boolean {
  const isLoopback = upstream.host === 'localhost' || upstream.host === '::1' || upstream.host?.startsWith('127.');
  return (
    listener.port === upstream.port &&
    (listener.host === upstream.host || (isWildcard(listener.host) && isLoopback === true))
  );
}
