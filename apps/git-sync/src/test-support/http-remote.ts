/** git's own HTTP server program behind a small server of the test's, which can hold requests up or refuse them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { runGit, type Remote } from './remote.ts';

export interface HttpRemote extends AsyncDisposable {
  /** http://127.0.0.1:PORT */
  readonly origin: string;
  readonly url: string;
  /** Method and path of all requests so far, with the Authorization header if there was one. */
  readonly requests: readonly string[];
}

export type Decision =
  | 'serve'
  | 'hang'
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>> };

const BACKEND = `${runGit(['--exec-path'])}/git-http-backend`;

export async function serveOverHttp(
  remote: Pick<Remote, 'folder'>,
  decide: (request: IncomingMessage, body: string) => Decision = () => 'serve',
  tls?: { readonly key: Buffer; readonly cert: Buffer },
): Promise<HttpRemote> {
  const requests: string[] = [];
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    const { authorization } = request.headers;
    requests.push([request.method, request.url, authorization].filter(Boolean).join(' '));
    void answer(remote, decide, request, response);
  };
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const origin = `http${tls === undefined ? '' : 's'}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    origin,
    url: `${origin}/site.git`,
    requests,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(
  remote: Pick<Remote, 'folder'>,
  decide: (request: IncomingMessage, body: string) => Decision,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await buffer(request);
  const decision = decide(request, body.toString('latin1'));
  if (decision === 'hang') return;
  if (decision !== 'serve') {
    response.writeHead(decision.status, decision.headers).end();
    return;
  }
  const [path, query = ''] = (request.url ?? '').split('?');
  const env = {
    PATH: process.env['PATH'],
    GIT_PROJECT_ROOT: remote.folder,
    GIT_HTTP_EXPORT_ALL: '1',
    GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
    REQUEST_METHOD: request.method ?? '',
    PATH_INFO: path,
    QUERY_STRING: query,
    CONTENT_TYPE: request.headers['content-type'] ?? '',
    CONTENT_LENGTH: String(body.length),
    HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
  };
  const backend = spawn(BACKEND, { env, stdio: ['pipe', 'pipe', 'ignore'] });
  // It ends without reading the body if it refuses the request or there is nothing to read.
  backend.stdin.on('error', () => undefined).end(body);
  const output = await buffer(backend.stdout);
  const end = output.indexOf('\r\n\r\n');
  const headers = output.subarray(0, end).toString('latin1').split('\r\n');
  let status = 200;
  for (const header of headers) {
    const [name = '', value = ''] = header.split(/: (.*)/s);
    if (name === 'Status') status = Number.parseInt(value, 10);
    else response.appendHeader(name, value);
  }
  response.writeHead(status).end(output.subarray(end + 4));
}
