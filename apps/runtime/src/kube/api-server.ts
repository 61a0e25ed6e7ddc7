/**
 * The API server as a program in a Pod reaches it: the address from the environment, the CA and the token from the files
 * of its service account. A client library would be several megabytes of every image, for lists, watches and patches.
 */
import { readFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { AppError, describeError } from '../errors.ts';
import type { ObjectSource } from './follow.ts';
import { readWatchEvents, type WatchedObject } from './watch-events.ts';

const ACCOUNT_FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount';
const TIMEOUT_MS = 10_000;
/** The server ends a watch after this; a connection that the network forgot is given up a little later. */
const WATCH_SECONDS = 30;

/** An answer that is not 2xx. */
export class ApiStatusError extends Error {
  static {
    this.prototype.name = this.name;
  }

  readonly status: number;

  constructor(what: string, status: number, body: string) {
    super(`${what} was answered with ${status}: ${messageOf(body)}`);
    this.status = status;
  }
}

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PATCH';
  /** Already encoded, beginning with a slash. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Sent as JSON; a patch is a merge patch. */
  readonly body?: unknown;
}

export interface ApiServer extends Disposable {
  /** All objects below a path such as `/api/v1/services`. */
  collection<Item extends WatchedObject>(path: string, query?: Readonly<Record<string, string>>): ObjectSource<Item>;
  /** Throws an ApiStatusError if it is refused. */
  send(request: ApiRequest, signal: AbortSignal): Promise<unknown>;
}

export interface ApiServerOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** For tests. */
  readonly accountFolder?: string;
}

/** Throws an AppError `NOT_IN_CLUSTER` where there is no service account. */
export async function inClusterServer(options: ApiServerOptions): Promise<ApiServer> {
  const { env, accountFolder = ACCOUNT_FOLDER } = options;
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = env;
  const ca = await readFile(join(accountFolder, 'ca.crt'), 'utf8').catch(() => undefined);
  if (host === undefined || port === undefined || ca === undefined) {
    throw new AppError(
      'NOT_IN_CLUSTER',
      `there is no service account in ${accountFolder}, or no KUBERNETES_SERVICE_HOST`,
      'Run it in a Pod with automountServiceAccountToken: true.',
    );
  }
  const agent = new Agent({ ca, keepAlive: true });
  const connect = async ({ method, path, query = {}, body }: ApiRequest, signal: AbortSignal) => {
    // Read for each request: the kubelet replaces it before it expires.
    const token = await readFile(join(accountFolder, 'token'), 'utf8');
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const call = httpsRequest({
      ...{ host, port, method, signal, agent },
      path: `${path}?${new URLSearchParams(query).toString()}`,
      headers: {
        authorization: `Bearer ${token.trim()}`,
        accept: 'application/json',
        ...(body !== undefined && { 'content-type': type }),
      },
    });
    call.on('response', resolve).on('error', reject);
    call.end(body === undefined ? undefined : JSON.stringify(body));
    const response = await promise;
    const { statusCode = 0 } = response;
    if (statusCode >= 200 && statusCode < 300) return response;
    throw new ApiStatusError(`${method} ${path}`, statusCode, await text(response));
  };
  const within = (signal: AbortSignal, timeoutMs: number) => AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const send: ApiServer['send'] = async (request, signal) =>
    JSON.parse(await text(await connect(request, within(signal, TIMEOUT_MS))));

  return {
    send,
    collection: <Item extends WatchedObject>(path: string, query: Readonly<Record<string, string>> = {}) => ({
      async list(signal) {
        const list = (await send({ method: 'GET', path, query }, signal)) as RawList<Item>;
        return { resourceVersion: list.metadata.resourceVersion, items: list.items ?? [] };
      },
      async *watch(resourceVersion, signal) {
        const watching = {
          watch: 'true',
          resourceVersion,
          allowWatchBookmarks: 'true',
          timeoutSeconds: `${WATCH_SECONDS}`,
        };
        const bounded = within(signal, (WATCH_SECONDS + 10) * 1_000);
        const response = await connect({ method: 'GET', path, query: { ...query, ...watching } }, bounded);
        yield* readWatchEvents<Item>(response, (status, body) => new ApiStatusError(`watching ${path}`, status, body));
      },
    }),
    [Symbol.dispose]() {
      agent.destroy();
    },
  };
}

interface RawList<Item> {
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly Item[] | null;
}

/** The API server's own words, or the beginning of whatever it was. */
function messageOf(body: string): string {
  try {
    const { message } = JSON.parse(body) as { message?: string };
    return message ?? body.slice(0, 300);
  } catch (error) {
    return body.slice(0, 300) || describeError(error);
  }
}
