/**
 * One upstream and its pool of kept-alive connections. A connection is resolved and opened when a request needs it, so
 * a name is looked up anew for each connection, and an upstream that is down at the start does no harm.
 */
import { Agent, type AgentOptions } from 'node:http';
import type { Duplex } from 'node:stream';
import type { UpstreamConfig } from './config.ts';

/**
 * How long a connection may lie idle in the pool. Servers close idle connections too, most after 5 s or later (Node's
 * default), and a request that meets such a close is lost unless it may be repeated; so we are first.
 */
const POOL_IDLE_TIMEOUT_MS = 4_000;

class PoolAgent extends Agent {
  isRetired = false;

  constructor(options: AgentOptions) {
    super({ ...options, keepAlive: true, scheduling: 'lifo', timeout: POOL_IDLE_TIMEOUT_MS });
  }

  /** Asked by Node when an answer has been read: may its connection serve another request? */
  override keepSocketAlive(socket: Duplex): boolean {
    // The types say void, but Agent's own implementation answers, and heeds `Keep-Alive: timeout=` of the upstream.
    return !this.isRetired && (super.keepSocketAlive(socket) as unknown as boolean);
  }
}

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
  readonly agent: PoolAgent;

  constructor(name: string, config: UpstreamConfig) {
    this.name = name;
    this.config = config;
    this.authority = `${config.host.includes(':') ? `[${config.host}]` : config.host}:${config.port}`;
    this.agent = new PoolAgent({ maxSockets: config.poolSize, maxFreeSockets: config.poolSize });
  }

  get pool(): PoolState {
    const { sockets, freeSockets, requests } = this.agent;
    return { active: countAll(sockets), idle: countAll(freeSockets), waiting: countAll(requests) };
  }

  /** Closes the connections that lie idle; those in use are not touched. */
  closeIdle(): void {
    for (const sockets of Object.values(this.agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
  }

  /** For an upstream that is configured no more: its connections end with the requests they carry. */
  retire(): void {
    this.agent.isRetired = true;
    this.closeIdle();
  }
}

function countAll(lists: NodeJS.ReadOnlyDict<readonly unknown[]>): number {
  return Object.values(lists).reduce((sum, list) => sum + (list?.length ?? 0), 0);
}
