/** One upstream: where it is, its connections, and whether it is well. */
import type { UpstreamConfig } from './config.ts';
import { ConnectionPool } from './connection-pool.ts';
import type { UpstreamHealth } from './upstream-health.ts';

export interface PoolState {
  readonly active: number;
  readonly idle: number;
  /** Requests that wait for a connection because all are in use. */
  readonly waiting: number;
}

export class Upstream {
  readonly name: string;
  readonly config: UpstreamConfig;
  /** For `Host`, if the client sent none. */
  readonly authority: string;
  /** Undefined if nobody looks after it. */
  readonly health: UpstreamHealth | undefined;
  readonly connections: ConnectionPool;

  constructor(name: string, config: UpstreamConfig, health?: UpstreamHealth, now = () => performance.now()) {
    const { host, port, poolSize } = config;
    this.name = name;
    this.config = config;
    this.authority = `${host.includes(':') ? `[${host}]` : host}:${port}`;
    this.health = health;
    this.connections = new ConnectionPool({ host, port, size: poolSize, now });
  }

  get pool(): PoolState {
    const { activeCount, idleCount, waitingCount } = this.connections;
    return { active: activeCount, idle: idleCount, waiting: waitingCount };
  }

  /** For an upstream that is configured no more: its connections end with the requests they carry. */
  retire(): void {
    this.health?.stop();
    this.connections.retire();
  }
}
