/** The versions of the configuration that a campaign of reloads goes through. */
import type { ConfigFile } from './ambassador-process.ts';

const UPSTREAM_NAMES = ['a', 'b'] as const;

/** Where things are, whatever the version. */
export interface Ports {
  readonly main: number;
  readonly extra: number;
  readonly upstreams: Readonly<Record<(typeof UPSTREAM_NAMES)[number], number>>;
}

/** Which upstream serves while a version is in force: each for two versions, so that other changes come alone too. */
export function upstreamOf(version: number): (typeof UPSTREAM_NAMES)[number] {
  return version % 4 < 2 ? 'a' : 'b';
}

/** Every other version opens a second port. */
export function hasExtraListener(version: number): boolean {
  return version % 2 === 1;
}

/** A configuration that differs from the one before it in what is tested, and whose number every answer shows. */
export function configOf(version: number, ports: Ports): ConfigFile {
  const headers = { set: { 'X-Config-Version': String(version) } };
  const listener = { host: '127.0.0.1', upstream: 'app', responseHeaders: headers };
  return {
    listeners: [
      { ...listener, name: 'main', port: ports.main },
      ...(hasExtraListener(version) ? [{ ...listener, name: 'extra', port: ports.extra }] : []),
    ],
    upstreams: {
      app: { port: ports.upstreams[upstreamOf(version)], poolSize: version % 3 === 0 ? 64 : 128, maxQueued: 20_000 },
    },
    timeouts: { responseTimeoutMs: 30_000 + version, idleTimeoutMs: 60_000 + version },
    limits: { maxConnections: 10_000, maxInFlight: 20_000 },
  };
}
