/**
 * One HTTP request to the API server, over the client library's TLS and credentials.
 *
 * The library's generated calls are not used, for two reasons: they cannot be aborted, and its generic client has no
 * `fieldValidation`, without which a misspelt field is only a warning.
 */
import { HttpMethod, IsomorphicFetchHttpLibrary, RequestContext, type KubeConfig } from '@kubernetes/client-node';
import { AppError } from '../../apps/runtime/src/errors.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Already encoded, beginning with a slash. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  text(): Promise<string>;
  /** The body as it arrives. */
  chunks(): AsyncIterable<Uint8Array>;
}

export interface Transport {
  readonly server: string;
  send(request: HttpRequest, signal: AbortSignal): Promise<HttpResponse>;
}

export async function createTransport(kubeConfig: KubeConfig): Promise<Transport> {
  const server = kubeConfig.getCurrentCluster()?.server;
  if (server === undefined) {
    throw new AppError('KUBECONFIG_REFUSED', 'the kubeconfig has no current cluster', 'Run `npm run up`.');
  }
  const template = new RequestContext(server, HttpMethod.GET);
  await kubeConfig.applySecurityAuthentication(template);
  const dispatcher = template.getDispatcher();
  const http = new IsomorphicFetchHttpLibrary();

  return {
    server,
    async send({ method, path, query = {}, headers = {}, body }, signal) {
      const context = new RequestContext(`${server}${path}`, HttpMethod[method]);
      if (dispatcher !== undefined) context.setDispatcher(dispatcher);
      context.setSignal(signal);
      for (const [name, value] of Object.entries(query)) context.setQueryParam(name, value);
      for (const [name, value] of Object.entries({ ...template.getHeaders(), ...headers })) {
        context.setHeaderParam(name, value);
      }
      if (body !== undefined) context.setBody(JSON.stringify(body));
      const response = await http.send(context).toPromise();
      return {
        status: response.httpStatusCode,
        headers: response.headers,
        text: () => response.body.text(),
        chunks: () => (response.body.stream() ?? []) as AsyncIterable<Uint8Array>,
      };
    },
  };
}
