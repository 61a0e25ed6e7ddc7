/** Requests that last: until they are answered, until the answer is whole, or until they are sent. */
import { once } from 'node:events';
import { request, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { ScopedAgent } from './clients.ts';
import type { FailureLog } from './failures.ts';

const PARTS = 20;
const PART = Buffer.alloc(1_000, 'part ');
const KINDS = ['wait', 'download', 'upload'] as const;

/** `?ms=T&kind=K` takes T milliseconds: to begin to answer, or to answer, or as long as the upload does. */
export async function answerLate(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const { searchParams } = new URL(incoming.url ?? '/', 'http://upstream');
  const milliseconds = Number(searchParams.get('ms'));
  if (searchParams.get('kind') === 'upload') {
    const { length } = await buffer(incoming);
    response.end(String(length));
  } else if (searchParams.get('kind') === 'download') {
    for (let part = 0; part < PARTS; part += 1) {
      response.write(PART);
      await sleep(milliseconds / PARTS);
    }
    response.end();
  } else {
    await sleep(milliseconds);
    response.end('waited');
  }
}

export interface LongRequest {
  readonly port: number;
  readonly milliseconds: number;
  readonly failures: FailureLog;
}

/** One request that lasts, on a connection that would be kept; what was asked for is counted by its bytes. */
export async function takeLong(index: number, { port, milliseconds, failures }: LongRequest): Promise<void> {
  const kind = KINDS[index % KINDS.length] ?? 'wait';
  using agent = new ScopedAgent({ keepAlive: true });
  const method = kind === 'upload' ? 'POST' : 'GET';
  const sent = request({ host: '127.0.0.1', port, agent, method, path: `/?kind=${kind}&ms=${milliseconds}` });
  const expected = { wait: 'waited', upload: String(PARTS * PART.length), download: PART.toString().repeat(PARTS) }[
    kind
  ];
  try {
    const answered = once(sent, 'response') as Promise<[IncomingMessage]>;
    if (kind === 'upload') {
      void dripInto(sent, milliseconds);
    } else sent.end();
    const [response] = await answered;
    const body = (await buffer(response)).toString();
    if (response.statusCode !== 200) failures.add(kind, `status ${response.statusCode}: ${body}`);
    else if (body !== expected) failures.add(kind, `${body.length} of ${expected.length} bytes came`);
    // A download began before the signal, and so could not say it.
    else if (kind !== 'download' && response.headers.connection !== 'close')
      failures.add(kind, `the answer said Connection: ${String(response.headers.connection)}`);
  } catch (error) {
    failures.add(kind, error);
  }
}

async function dripInto(sent: NodeJS.WritableStream & { destroyed?: boolean }, milliseconds: number): Promise<void> {
  for (let part = 0; part < PARTS && sent.destroyed !== true; part += 1) {
    sent.write(PART);
    await sleep(milliseconds / PARTS);
  }
  sent.end();
}
