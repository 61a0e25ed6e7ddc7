/** The ways in which a client leaves, and those in which an upgrade fails. */
import { once } from 'node:events';
import { request, type ClientRequest } from 'node:http';
import type { Socket } from 'node:net';
import { WebSocket } from 'ws';

export interface VisitOptions {
  readonly port: number;
  readonly id: string;
  /** Resolves once the upstream has the request. */
  readonly arrived: Promise<void>;
}

export interface AbortKind {
  readonly name: string;
  /** Resolves when the client has left, or the upgrade has failed, as it was meant to; rejects if it went otherwise. */
  visit(options: VisitOptions): Promise<void>;
}

const UPLOAD_BYTES = 1_048_576;

function send({ port, id }: VisitOptions, path: string, method = 'GET', headers = {}): ClientRequest {
  const options = {
    host: '127.0.0.1',
    port,
    path,
    method,
    agent: false as const,
    headers: { ...headers, 'x-visit': id },
  };
  const sent = request(options);
  // It comes of leaving; what fails before that fails what is awaited.
  sent.on('error', () => undefined);
  return sent;
}

export const ABORT_KINDS: readonly AbortKind[] = [
  {
    name: 'left while uploading',
    async visit(options) {
      const sent = send(options, '/upload', 'POST', { 'content-length': String(UPLOAD_BYTES) });
      sent.write(Buffer.alloc(UPLOAD_BYTES / 4));
      await Promise.race([options.arrived, failed(sent)]);
      sent.destroy();
    },
  },
  {
    name: 'left while downloading',
    async visit(options) {
      const sent = send(options, '/download');
      sent.end();
      const [response] = (await once(sent, 'response')) as [NodeJS.ReadableStream];
      response.on('error', () => undefined);
      await once(response, 'data');
      sent.destroy();
    },
  },
  {
    name: 'left while waiting',
    async visit(options) {
      const sent = send(options, '/wait');
      sent.end();
      await Promise.race([options.arrived, failed(sent)]);
      sent.destroy();
    },
  },
  {
    name: 'left a WebSocket',
    async visit({ port, id }) {
      const socket = new WebSocket(`ws://127.0.0.1:${port}/echo`, { headers: { 'x-visit': id } });
      await once(socket, 'open');
      socket.send('hello');
      await once(socket, 'message');
      socket.on('error', () => undefined);
      socket.terminate();
    },
  },
  {
    name: 'left while an upgrade was asked for',
    async visit(options) {
      const sent = upgrade(options, '/silent');
      await Promise.race([options.arrived, failed(sent)]);
      sent.destroy();
    },
  },
];

export const UPGRADE_KINDS: readonly AbortKind[] = [
  { name: 'upgrade answered 200', visit: (options) => expectStatus(options, '/plain', 200) },
  { name: 'upgrade answered 302', visit: (options) => expectStatus(options, '/moved', 302) },
  { name: 'upgrade answered 403', visit: (options) => expectStatus(options, '/denied', 403) },
  { name: 'upgrade reset', visit: (options) => expectStatus(options, '/reset', 502) },
  { name: 'upgrade hung up on', visit: (options) => expectStatus(options, '/hang-up', 502) },
];

function upgrade(options: VisitOptions, path: string): ClientRequest {
  const sent = send(options, path, 'GET', {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
    'sec-websocket-version': '13',
  });
  sent.end();
  return sent;
}

async function expectStatus(options: VisitOptions, path: string, status: number): Promise<void> {
  const sent = upgrade(options, path);
  sent.once('upgrade', (_response, socket: Socket) => socket.destroy());
  const [response] = (await Promise.race([once(sent, 'response'), once(sent, 'upgrade')])) as [
    NodeJS.ReadableStream & { statusCode: number },
  ];
  response.on('error', () => undefined).resume();
  const seen = response.statusCode;
  if (seen === 101) throw new Error('it became a WebSocket');
  await once(response, 'end');
  sent.destroy();
  if (seen !== status) throw new Error(`the status was ${seen}, not ${status}`);
}

async function failed(sent: ClientRequest): Promise<never> {
  const [error] = (await once(sent, 'error')) as [Error];
  throw error;
}
