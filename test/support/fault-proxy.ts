/**
 * A proxy in front of the real API server, with the real server's certificate, that loses, delays and falsifies answers
 * on demand. Whoever uses its kubeconfig cannot tell it from the server.
 */
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { Agent, createServer, request as sendRequest } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { parseDocument } from 'yaml';
import type { Engine } from '../../scripts/engine/engine.ts';

export interface ProxiedRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  /** 1 for the first request of all. */
  readonly number: number;
}

/**
 * What happens to a request. `reset` and a status: it does not reach the server. `lost`: it does, but the connection is
 * cut before the answer; `half`: in the middle of it. `silence`: nothing at all.
 */
export type ProxyFault =
  | 'reset'
  | 'lost'
  | 'half'
  | 'silence'
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>> };

export interface AnsweredRequest extends ProxiedRequest {
  /** Of the real server. */
  readonly status: number;
}

export interface FaultProxy extends AsyncDisposable {
  readonly url: string;
  /** What the real server has answered. */
  readonly answered: readonly AnsweredRequest[];
  readonly requestCount: number;
  /** Asked for each request, before it goes on. */
  fault: (request: ProxiedRequest) => ProxyFault | undefined;
  /** Told as the real server has answered, before the answer goes back. */
  onAnswer: (request: AnsweredRequest) => void;
}

const SERVER_KEYS = ['apiserver.crt', 'apiserver.key'].map((name) => `/etc/kubernetes/pki/${name}`);

/** `path`: where the kubeconfig is written that leads to the proxy; otherwise it is that of `kubeconfigPath`. */
export async function startFaultProxy(
  { host }: Engine,
  { node, kubeconfigPath, path }: { readonly node: string; readonly kubeconfigPath: string; readonly path: string },
): Promise<FaultProxy> {
  const [cert = '', key = ''] = await Promise.all(
    SERVER_KEYS.map((file) => host.run('docker', ['exec', node, 'cat', file])),
  );
  const kubeconfig = parseDocument(await readFile(kubeconfigPath, 'utf8'));
  const upstream = new URL(String(kubeconfig.getIn(['clusters', 0, 'cluster', 'server'])));
  const decode = (...at: (string | number)[]) => Buffer.from(String(kubeconfig.getIn(at)), 'base64');
  const agent = new Agent({
    keepAlive: true,
    ca: decode('clusters', 0, 'cluster', 'certificate-authority-data'),
    cert: decode('users', 0, 'user', 'client-certificate-data'),
    key: decode('users', 0, 'user', 'client-key-data'),
  });

  const answered: AnsweredRequest[] = [];
  let requestCount = 0;
  const server = createServer({ cert, key }, (request, response) => {
    requestCount += 1;
    const asked = { method: request.method ?? '', path: request.url ?? '', number: requestCount };
    const fault = proxy.fault(asked);
    if (fault === 'silence') return;
    if (fault === 'reset') return void request.socket.destroy();
    if (typeof fault === 'object') return answerWith(response, fault);
    forward(request, response, asked, fault).catch(() => request.socket.destroy());
  });

  const forward = async (
    request: IncomingMessage,
    response: ServerResponse,
    asked: ProxiedRequest,
    fault: 'lost' | 'half' | undefined,
  ): Promise<unknown> => {
    const body = await buffer(request);
    const { method, url: path, headers } = request;
    const outgoing = sendRequest({ agent, host: upstream.hostname, port: upstream.port, method, path, headers });
    // A watch ends when whoever watches goes away.
    response.on('close', () => outgoing.destroy());
    outgoing.end(body);
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
    const done = { ...asked, status: answer.statusCode ?? 0 };
    answered.push(done);
    proxy.onAnswer(done);
    if (fault === 'lost') return request.socket.destroy();
    response.writeHead(done.status, answer.headers);
    if (fault === undefined) {
      answer.on('error', () => response.destroy());
      return answer.pipe(response);
    }
    response.flushHeaders();
    // A watch may have nothing to say for long; the head is half of its answer.
    if (!asked.path.includes('watch=true')) {
      const whole = await buffer(answer);
      response.write(whole.subarray(0, Math.floor(whole.length / 2)));
    }
    return setImmediate(() => request.socket.destroy());
  };

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  kubeconfig.setIn(['clusters', 0, 'cluster', 'server'], url);
  await writeFile(path, String(kubeconfig), { mode: 0o600 });

  const proxy: FaultProxy = {
    url,
    answered,
    get requestCount() {
      return requestCount;
    },
    fault: () => undefined,
    onAnswer: () => {},
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      agent.destroy();
      await once(server, 'close');
    },
  };
  return proxy;
}

function answerWith(response: ServerResponse, { status: code, headers = {} }: Exclude<ProxyFault, string>): void {
  const status = { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, message: `made by the proxy: ${code}` };
  response.writeHead(code, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(status));
}
