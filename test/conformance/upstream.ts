/**
 * The server behind a proxy: it reads requests strictly or leniently, tells what it saw, and answers as a case wants.
 * Every answer says which request it belongs to, so that one that reaches somebody else is noticed.
 */
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RequestMessage } from './message.ts';
import { readBelievingChunks, readBelievingLength, readStrictly } from './read-request.ts';
import { createWire, type Wire } from './wire.ts';

const READERS = {
  strict: readStrictly,
  'believes-length': readBelievingLength,
  'believes-chunks': readBelievingChunks,
};

export type UpstreamKind = keyof typeof READERS;

export interface SeenRequest extends RequestMessage {
  readonly connection: UpstreamConnection;
  /** How many requests came on this connection before it. */
  readonly index: number;
}

export interface UpstreamConnection {
  readonly number: number;
  readonly wire: Wire;
  /** What has arrived and is not yet a whole request. */
  pending: string;
  requestCount: number;
}

export interface TestUpstream extends AsyncDisposable {
  readonly port: number;
  kind: UpstreamKind;
  /** Whole requests, in the order in which they were complete. */
  readonly requests: readonly SeenRequest[];
  /** What the strict reader refused. */
  readonly refusals: readonly string[];
  readonly connections: readonly UpstreamConnection[];
  /** Answers a whole request; throws nothing. */
  answer: (request: SeenRequest) => void;
  /** Asked for all that arrives, before it is read; answers whether it has taken care of it. */
  intercept: (connection: UpstreamConnection) => boolean;
  /** Forgets what it saw, and leaves its connections as they are. */
  forget(): void;
  /** Closes its connections, waits until the other side has too, and forgets what it saw. */
  reset(): Promise<void>;
}

/** The answer that says which request it is for. */
export function echo({ method, target }: Pick<RequestMessage, 'method' | 'target'>, fields = ''): string {
  const body = `${method} ${target}`;
  const head = `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}\r\n${fields}\r\n`;
  return method === 'HEAD' ? head : head + body;
}

const CLOSE_LIMIT_MS = 2_000;
const STRAGGLER_MS = 5;

async function close(wire: Wire): Promise<void> {
  wire.socket.end();
  await wire.waitFor(() => wire.isClosed, CLOSE_LIMIT_MS);
  wire.socket.destroy();
}

export async function startUpstream(): Promise<TestUpstream> {
  let requests: SeenRequest[] = [];
  let refusals: string[] = [];
  let connections: UpstreamConnection[] = [];
  const answerWithEcho = (request: SeenRequest) => request.connection.wire.send(echo(request));

  const read = (connection: UpstreamConnection) => {
    while (connection.pending !== '' && !upstream.intercept(connection)) {
      const reading = READERS[upstream.kind](connection.pending);
      if (reading.kind === 'incomplete') return;
      if (reading.kind === 'refused') {
        refusals.push(reading.reason);
        connection.pending = '';
        connection.wire.socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
        return;
      }
      connection.pending = connection.pending.slice(reading.length);
      const request = { ...reading.message, connection, index: connection.requestCount };
      connection.requestCount += 1;
      requests.push(request);
      upstream.answer(request);
    }
  };
  const server = createServer({ noDelay: true }, (socket) => {
    const wire = createWire(socket, { keep: false });
    const connection = { number: connections.length, wire, pending: '', requestCount: 0 };
    connections.push(connection);
    socket.on('data', (chunk) => {
      connection.pending += chunk.toString('latin1');
      read(connection);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const upstream: TestUpstream = {
    port: (server.address() as AddressInfo).port,
    kind: 'strict',
    get requests() {
      return requests;
    },
    get refusals() {
      return refusals;
    },
    get connections() {
      return connections;
    },
    answer: answerWithEcho,
    intercept: () => false,
    forget() {
      requests = [];
      refusals = [];
    },
    async reset() {
      upstream.intercept = () => false;
      upstream.answer = answerWithEcho;
      upstream.kind = 'strict';
      // What a proxy has not yet sent of an earlier case may still come, on new connections.
      do {
        const open = connections;
        connections = [];
        await Promise.all(open.map(({ wire }) => close(wire)));
        await sleep(STRAGGLER_MS);
      } while (connections.length > 0);
      upstream.forget();
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const { wire } of connections) wire.socket.destroy();
      await closed;
    },
  };
  return upstream;
}
