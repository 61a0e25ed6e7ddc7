/** Clients that never repeat anything by themselves, so that whatever goes wrong is seen. */
import { once } from 'node:events';
import { Agent, request, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Call {
  readonly port: number;
  readonly path: string;
  readonly agent: Agent;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** After so long without a byte it fails; no limit unless told. */
  readonly idleTimeoutMs?: number;
}

/** Sends a request and waits for the head of its answer; rejects if the connection fails before that. */
export async function open(options: Call): Promise<IncomingMessage> {
  const { port, path, agent, method = 'GET', headers = {}, body, idleTimeoutMs = 0 } = options;
  const sent = request({ host: '127.0.0.1', port, path, method, agent, headers, timeout: idleTimeoutMs });
  sent.once('timeout', () => sent.destroy(new Error(`nothing came for ${idleTimeoutMs} ms`)));
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return response;
}

/** Sends a request and reads its whole answer; rejects if the connection fails before that. */
export async function call(options: Call): Promise<Answer> {
  const response = await open(options);
  return { status: response.statusCode ?? 0, headers: response.headers, body: await buffer(response) };
}

/** An agent whose connections are closed where its scope ends. */
export class ScopedAgent extends Agent {
  [Symbol.dispose](): void {
    this.destroy();
  }
}
