/** Clients that keep a connection busy by being slow, and how long each is let to. */
import { connect, type Socket } from 'node:net';

export const SLOW_TIMEOUTS = { requestHeadTimeoutMs: 6_000, requestTimeoutMs: 7_000, idleTimeoutMs: 6_000 } as const;

export interface SlowKind {
  readonly name: string;
  /** What it begins with. */
  readonly begin: string;
  /** What it goes on with, a little every now and then. */
  readonly drip?: string;
  /** It reads nothing of its answer, so only the upstream sees that it was cut. */
  readonly isReader?: boolean;
  readonly limitMs: number;
}

const { requestHeadTimeoutMs, requestTimeoutMs, idleTimeoutMs } = SLOW_TIMEOUTS;
const DRIP_INTERVAL_MS = 700;

export const SLOW_KINDS: readonly SlowKind[] = [
  { name: 'says nothing', begin: '', limitMs: requestHeadTimeoutMs },
  { name: 'head in drips', begin: 'GET / HTTP/1.1\r\nHost: a\r\n', drip: 'X-A: b\r\n', limitMs: requestHeadTimeoutMs },
  {
    name: 'body in drips',
    begin: 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n',
    drip: 'x',
    limitMs: requestTimeoutMs,
  },
  {
    name: 'chunks in drips',
    begin: 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n',
    drip: '1\r\nx\r\n',
    limitMs: requestTimeoutMs,
  },
  {
    name: 'body that stops',
    begin: 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nx',
    limitMs: idleTimeoutMs,
  },
];

/** Megabytes lie in the buffers of the kernel until its slowness is felt, so only a few are of this kind. */
export const SLOW_READER: SlowKind = {
  name: 'reads nothing',
  begin: 'GET /large HTTP/1.1\r\nHost: a\r\n\r\n',
  isReader: true,
  limitMs: idleTimeoutMs,
};

/** Runs one until its connection is cut, and returns how long that took; after `giveUpMs` it leaves by itself. */
export async function beSlow(kind: SlowKind, port: number, giveUpMs: number): Promise<number> {
  const startedAtMs = performance.now();
  const socket = connect({ port, host: '127.0.0.1' });
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.on('error', () => undefined);
  if (kind.isReader === true) pauseAtFirstByte(socket);
  else socket.resume();
  socket.write(kind.begin);
  const { drip } = kind;
  const dripping =
    drip === undefined ? undefined : setInterval(() => socket.writable && socket.write(drip), DRIP_INTERVAL_MS);
  const givingUp = setTimeout(() => socket.destroy(), giveUpMs);
  await closed;
  clearInterval(dripping);
  clearTimeout(givingUp);
  return performance.now() - startedAtMs;
}

function pauseAtFirstByte(socket: Socket): void {
  socket.once('data', () => socket.pause());
}
