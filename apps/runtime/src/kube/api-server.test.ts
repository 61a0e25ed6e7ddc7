import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { makeCertificate } from '../test-support/certificate.ts';
import { inClusterServer } from './api-server.ts';
import { follow } from './follow.ts';
import type { WatchedObject } from './watch-events.ts';

const { signal } = new AbortController();

/** A server that answers as `answer` does, and a service account for it. */
async function start(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const { certificate, key } = makeCertificate('localhost');
  const accountFolder = mkdtempSync(join(tmpdir(), 'account-'));
  const server = createServer({ cert: certificate, key }, answer).listen(0, 'localhost');
  await once(server, 'listening');
  writeFileSync(join(accountFolder, 'ca.crt'), certificate);
  const setToken = (token: string) => writeFileSync(join(accountFolder, 'token'), `${token}\n`);
  setToken('first');
  const { port } = server.address() as AddressInfo;
  const env = { KUBERNETES_SERVICE_HOST: 'localhost', KUBERNETES_SERVICE_PORT: String(port) };
  const api = await inClusterServer({ env, accountFolder });
  return {
    api,
    setToken,
    async [Symbol.asyncDispose]() {
      api[Symbol.dispose]();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
      rmSync(accountFolder, { recursive: true });
    },
  };
}

test('each request has the token that is in the file then', async () => {
  const tokens: (string | undefined)[] = [];
  await using server = await start((request, response) => {
    tokens.push(request.headers.authorization);
    response.end('{}');
  });
  await server.api.send({ method: 'GET', path: '/api' }, signal);
  server.setToken('second');
  await server.api.send({ method: 'GET', path: '/api' }, signal);
  expect(tokens).toEqual(['Bearer first', 'Bearer second']);
});

test('a patch is a merge patch, and what is created is JSON', async () => {
  const seen: unknown[] = [];
  await using server = await start((request, response) => {
    const record = (body: unknown) => {
      seen.push([request.method, request.url, request.headers['content-type'], body]);
      return response.end('{}');
    };
    void json(request).then(record);
  });
  const query = { fieldManager: 'me & you' };
  await server.api.send({ method: 'PATCH', path: '/a', query, body: { b: 1 } }, signal);
  await server.api.send({ method: 'POST', path: '/a', body: { b: 2 } }, signal);
  expect(seen).toEqual([
    ['PATCH', '/a?fieldManager=me+%26+you', 'application/merge-patch+json', { b: 1 }],
    ['POST', '/a?', 'application/json', { b: 2 }],
  ]);
});

test('a refusal is an error with the status and the words of the server', async () => {
  await using server = await start((_request, response) => response.writeHead(403).end('{"message":"not you"}'));
  await expect(server.api.send({ method: 'GET', path: '/secrets' }, signal)).rejects.toMatchObject({
    status: 403,
    message: 'GET /secrets was answered with 403: not you',
  });
});

test('a collection is listed, then watched from there', async () => {
  const object = (name: string, resourceVersion: string) => ({ metadata: { name, resourceVersion } });
  await using server = await start((request, response) => {
    const url = new URL(request.url ?? '', 'https://localhost');
    expect(url.searchParams.get('fieldSelector')).toBe('metadata.name=x');
    if (url.searchParams.get('watch') === null) {
      response.end(JSON.stringify({ metadata: { resourceVersion: '7' }, items: [object('one', '5')] }));
    } else if (url.searchParams.get('resourceVersion') === '7') {
      response.write(`${JSON.stringify({ type: 'ADDED', object: object('two', '8') })}\n`);
    }
  });
  const stop = new AbortController();
  const seen: string[][] = [];
  const source = server.api.collection<WatchedObject>('/api/v1/things', { fieldSelector: 'metadata.name=x' });
  const onChange = (objects: readonly WatchedObject[]) => {
    seen.push(objects.map(({ metadata }) => metadata.name));
  };
  const followed = follow(source, { onChange, signal: stop.signal });
  await expect.poll(() => seen).toEqual([['one'], ['one', 'two']]);
  stop.abort();
  await followed;
});

test('outside of a cluster that is said', async () => {
  await expect(inClusterServer({ env: {}, accountFolder: '/none' })).rejects.toMatchObject({ code: 'NOT_IN_CLUSTER' });
});
