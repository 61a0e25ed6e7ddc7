/**
 * Serves the page on 127.0.0.1. Nobody gets anything who does not know the token in the address; a page of another
 * origin cannot use it either, even if it makes the browser believe that its own name leads here (the Host is checked).
 * The Pod is looked at only while a page is open.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AppError, describeError } from '../../apps/runtime/src/errors.ts';
import { listActions, runAction } from './actions.ts';
import { startObserver, type Observer, type ObserverOptions } from './observer.ts';
import { readPage } from './page-files.ts';
import type { Snapshot } from './snapshot.ts';
import { removeTwin } from './twin.ts';

export interface ServerOptions extends Omit<ObserverOptions, 'onChange'> {
  /** 0: one that is free. */
  readonly port: number;
}

export interface XrayServer extends AsyncDisposable {
  /** With the token. */
  readonly url: string;
  /** Rejects when the cluster refuses to be watched. */
  readonly failed: Promise<never>;
}

/** Several changes come at once; the page needs them once. */
const PUSH_INTERVAL_MS = 400;
/** A page that is loaded anew finds the observer still at work. */
const IDLE_MS = 5_000;
const PING_MS = 15_000;

const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

interface Watching {
  readonly observer: Observer;
  readonly stop: AbortController;
}

export async function startServer({ port, ...options }: ServerOptions): Promise<XrayServer> {
  const token = randomBytes(24).toString('base64url');
  const files = await readPage();
  const failure = Promise.withResolvers<never>();
  failure.promise.catch(() => {});
  const pages = new Set<ServerResponse>();
  let watching: Watching | undefined;
  let idle: NodeJS.Timeout | undefined;
  let pending: NodeJS.Timeout | undefined;
  let hasMadeTwin = false;

  const snapshot = (): Snapshot | undefined => {
    const view = watching?.observer.snapshot();
    const pod = watching?.observer.pod();
    if (view === undefined || pod === undefined) return undefined;
    return { ...view, actions: listActions(view, pod).map(({ run: _notData, ...action }) => action) };
  };
  const push = () => {
    pending = undefined;
    const current = snapshot();
    const text = `event: ${current === undefined ? 'absent' : 'snapshot'}\ndata: ${JSON.stringify(current ?? null)}\n\n`;
    for (const page of pages) page.write(text);
  };
  const onChange = () => {
    pending ??= setTimeout(push, PUSH_INTERVAL_MS);
  };
  const start = (): Watching => {
    clearTimeout(idle);
    if (watching !== undefined) return watching;
    const stop = new AbortController();
    const observer = startObserver({ ...options, onChange, signal: AbortSignal.any([options.signal, stop.signal]) });
    observer.done.catch(failure.reject);
    watching = { observer, stop };
    return watching;
  };
  const leave = (page: ServerResponse) => {
    pages.delete(page);
    if (pages.size > 0) return;
    idle = setTimeout(() => {
      watching?.stop.abort();
      watching = undefined;
    }, IDLE_MS);
  };

  const stream = (response: ServerResponse) => {
    response.writeHead(200, { ...HEADERS, 'content-type': 'text/event-stream' });
    pages.add(response);
    const ping = setInterval(() => response.write(': still here\n\n'), PING_MS);
    response.on('close', () => {
      clearInterval(ping);
      leave(response);
    });
    start();
    onChange();
  };
  const act = async (id: string, response: ServerResponse) => {
    const { client, kubeConfig, signal } = options;
    try {
      const text = await runAction(id, { client, kubeConfig, signal, observer: watching?.observer });
      hasMadeTwin ||= id === 'twin';
      answer(response, 200, 'application/json', JSON.stringify({ text }));
    } catch (error) {
      const status = error instanceof AppError && error.code === 'ACTION_UNKNOWN' ? 404 : 502;
      answer(response, status, 'application/json', JSON.stringify({ error: describeError(error) }));
    }
  };

  const server = createServer((request, response) => {
    const path = request.url ?? '';
    const rest = pathBehindToken(path, token);
    if (!isFromHere(request, ownHosts()) || rest === undefined)
      return answer(response, 404, 'text/plain', 'not found\n');
    const { method } = request;
    if (method === 'POST' && rest.startsWith('actions/')) {
      request.resume();
      return void act(rest.slice('actions/'.length), response);
    }
    if (method !== 'GET' && method !== 'HEAD')
      return answer(response, 405, 'text/plain', 'only GET, and POST of actions\n');
    if (rest === 'events' && method === 'GET') return stream(response);
    const file = files.get(rest === '' ? 'index.html' : rest);
    if (file === undefined) return answer(response, 404, 'text/plain', 'not found\n');
    return answer(response, 200, file.type, file.body);
  });
  const ownHosts = () => {
    const { port: actual } = server.address() as AddressInfo;
    return [`127.0.0.1:${actual}`, `localhost:${actual}`];
  };

  server.listen(port, '127.0.0.1');
  await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error;
    throw new AppError(
      'PORT_IN_USE',
      `another program listens on 127.0.0.1:${port}`,
      'Choose another: npm run xray -- --port N',
    );
  });

  return {
    url: `http://${ownHosts()[0]}/${token}/`,
    failed: failure.promise,
    async [Symbol.asyncDispose]() {
      clearTimeout(idle);
      clearTimeout(pending);
      const pod = watching?.observer.pod();
      // It was made for this x-ray. The limit is short: Ctrl-C should not hang.
      if (hasMadeTwin && pod !== undefined) {
        await removeTwin(options.client, pod, AbortSignal.timeout(3_000)).catch(() => {});
      }
      watching?.stop.abort();
      server.close();
      server.closeAllConnections();
      await watching?.observer.done.catch(() => {});
    },
  };
}

function pathBehindToken(path: string, token: string): string | undefined {
  const [, given = '', rest] = /^\/([^/?]+)\/([^?]*)/.exec(path) ?? [];
  const [known, claimed] = [Buffer.from(token), Buffer.from(given)];
  return claimed.length === known.length && timingSafeEqual(claimed, known) ? rest : undefined;
}

/** Addressed to this server by one of its own names, and not by a page of another origin. */
function isFromHere({ headers }: IncomingMessage, hosts: readonly string[]): boolean {
  const { host = '', origin } = headers;
  if (!hosts.includes(host)) return false;
  if (headers['sec-fetch-site'] === 'cross-site') return false;
  return origin === undefined || origin === `http://${host}`;
}

function answer(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { ...HEADERS, 'content-type': `${type}; charset=utf-8` }).end(body);
}
