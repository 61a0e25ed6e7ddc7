/**
 * A small API server in memory, over real HTTP, for faults that a real one does not produce on demand: 429, 5xx, a
 * connection that is reset or silent, a watch that has expired. It knows a few kinds, merges what is applied, and
 * has no controllers but two: a namespace gets its default service account, and takes its objects with it.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import { KubeConfig } from '@kubernetes/client-node';
import type { KubeObject } from '../../scripts/deploy/kube-types.ts';

export interface FakeRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** 1 for the first request of all. */
  readonly number: number;
}

/** What happens instead of an answer; or, with `status`, which answer it is. */
export type Fault =
  | 'reset'
  | 'half'
  | 'silence'
  | { readonly status: number; readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> };

export interface FakeApiServer extends AsyncDisposable {
  readonly kubeConfig: KubeConfig;
  readonly requests: readonly FakeRequest[];
  /** Asked for each request. */
  fault: (request: FakeRequest) => Fault | undefined;
  /** Answers of paths that are no objects, such as logs and the Pod proxy. */
  readonly pages: Map<string, { readonly status: number; readonly text: string }>;
  /** Creates or replaces an object, as a controller or a user would. */
  put(object: KubeObject): KubeObject;
  remove(object: KubeObject): void;
  get(kind: string, name: string): KubeObject | undefined;
  names(): string[];
  /** Ends all watches with 410: their resourceVersion is too old. */
  expireWatches(): void;
  /** Ends all watches, as a server does when their time is over. */
  endWatches(): void;
  /** Cuts the connections of all watches. */
  cutWatches(): void;
  readonly openWatches: number;
}

const KINDS: readonly (readonly [apiVersion: string, kind: string, plural: string, scope?: 'Cluster'])[] = [
  ['v1', 'Namespace', 'namespaces', 'Cluster'],
  ['v1', 'ConfigMap', 'configmaps'],
  ['v1', 'Secret', 'secrets'],
  ['v1', 'Event', 'events'],
  ['v1', 'PersistentVolumeClaim', 'persistentvolumeclaims'],
  ['v1', 'Pod', 'pods'],
  ['v1', 'Service', 'services'],
  ['v1', 'ServiceAccount', 'serviceaccounts'],
  ['apps/v1', 'DaemonSet', 'daemonsets'],
  ['apps/v1', 'Deployment', 'deployments'],
  ['apps/v1', 'ReplicaSet', 'replicasets'],
  ['apps/v1', 'StatefulSet', 'statefulsets'],
  ['batch/v1', 'Job', 'jobs'],
  ['coordination.k8s.io/v1', 'Lease', 'leases'],
];

interface Watcher {
  readonly response: ServerResponse;
  readonly matches: (object: KubeObject) => boolean;
}

export async function startFakeApiServer(): Promise<FakeApiServer> {
  const objects = new Map<string, KubeObject>();
  const watchers = new Set<Watcher>();
  const requests: FakeRequest[] = [];
  let version = 100;

  const keyOf = ({ kind, metadata }: KubeObject) => `${kind}/${metadata.namespace ?? ''}/${metadata.name}`;
  const tell = (type: string, object: KubeObject) => {
    for (const { response, matches } of watchers) {
      if (matches(object)) response.write(`${JSON.stringify({ type, object })}\n`);
    }
  };
  const put = (object: KubeObject): KubeObject => {
    const before = objects.get(keyOf(object));
    version += 1;
    const uid = before?.metadata.uid ?? `uid-${version}`;
    const after = { ...object, metadata: { ...object.metadata, uid, resourceVersion: `${version}` } };
    objects.set(keyOf(after), after);
    tell(before === undefined ? 'ADDED' : 'MODIFIED', after);
    if (before === undefined && after.kind === 'Namespace') {
      const metadata = { name: 'default', namespace: after.metadata.name };
      put({ apiVersion: 'v1', kind: 'ServiceAccount', metadata });
    }
    return after;
  };
  const remove = (object: KubeObject) => {
    const before = objects.get(keyOf(object));
    if (before === undefined) return;
    objects.delete(keyOf(object));
    version += 1;
    tell('DELETED', { ...before, metadata: { ...before.metadata, resourceVersion: `${version}` } });
    if (object.kind !== 'Namespace') return;
    for (const other of objects.values()) if (other.metadata.namespace === object.metadata.name) remove(other);
  };

  const server = createServer((request, response) => {
    void readBody(request).then((body) => {
      const url = new URL(request.url ?? '/', 'http://fake');
      const asked = {
        method: request.method ?? 'GET',
        path: url.pathname,
        query: url.searchParams,
        number: requests.length + 1,
      };
      requests.push(asked);
      const fault = fake.fault(asked);
      if (fault === 'reset') return request.socket.destroy();
      if (fault === 'silence') return undefined;
      if (fault === 'half') {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1_000 }).write('{"kind":');
        return setImmediate(() => request.socket.destroy());
      }
      if (fault !== undefined) return answer(response, fault.status, fault.body ?? status(fault.status), fault.headers);
      return handle(asked, body, response);
    });
  });

  const handle = (asked: FakeRequest, body: string, response: ServerResponse): unknown => {
    if (asked.path === '/api')
      return answer(
        response,
        200,
        discovery((apiVersion) => apiVersion === 'v1'),
      );
    if (asked.path === '/apis')
      return answer(
        response,
        200,
        discovery((apiVersion) => apiVersion !== 'v1'),
      );
    const page = fake.pages.get(asked.path);
    if (page !== undefined) return response.writeHead(page.status, { 'content-type': 'text/plain' }).end(page.text);
    const target = parsePath(asked.path);
    if (target === undefined) return answer(response, 404, status(404));
    const { apiVersion, kind, namespace, name } = target;
    if (name === undefined && asked.method === 'POST') return create(JSON.parse(body) as KubeObject, response);
    if (name === undefined) return listOrWatch(asked, response, { apiVersion, kind, namespace });

    const key = `${kind}/${namespace ?? ''}/${name}`;
    const before = objects.get(key);
    if (asked.method === 'PATCH') {
      const merged = { ...before, ...(JSON.parse(body) as KubeObject) };
      const metadata = { ...before?.metadata, ...merged.metadata };
      const after = { ...merged, metadata };
      if (asked.query.get('dryRun') === 'All') return answer(response, 200, after);
      return answer(response, 200, isDeepStrictEqual(after, before) ? before : put(after));
    }
    if (before === undefined) return answer(response, 404, status(404));
    if (asked.method === 'PUT') {
      const after = JSON.parse(body) as KubeObject;
      const isCurrent = after.metadata.resourceVersion === before.metadata.resourceVersion;
      return isCurrent ? answer(response, 200, put(after)) : answer(response, 409, status(409));
    }
    if (asked.method === 'DELETE') remove(before);
    return answer(response, 200, before);
  };

  const create = (object: KubeObject, response: ServerResponse): unknown => {
    const { namespace } = object.metadata;
    if (namespace !== undefined && !objects.has(`Namespace//${namespace}`)) return answer(response, 404, status(404));
    return objects.has(keyOf(object)) ? answer(response, 409, status(409)) : answer(response, 201, put(object));
  };

  const listOrWatch = (
    { query }: FakeRequest,
    response: ServerResponse,
    { apiVersion, kind, namespace }: { apiVersion: string; kind: string; namespace: string | undefined },
  ): unknown => {
    const [, name] = /^metadata\.name=(.*)$/.exec(query.get('fieldSelector') ?? '') ?? [];
    const matches = (object: KubeObject) =>
      object.kind === kind &&
      (namespace === undefined || object.metadata.namespace === namespace) &&
      (name === undefined || object.metadata.name === name);
    const items = [...objects.values()].filter(matches);
    if (query.get('watch') !== 'true') {
      return answer(response, 200, {
        kind: `${kind}List`,
        apiVersion,
        metadata: { resourceVersion: `${version}` },
        // As Go writes an empty list.
        items: items.length === 0 ? null : items,
      });
    }
    const watcher = { response, matches };
    response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
    // What changed between the list and this watch.
    const since = Number(query.get('resourceVersion'));
    for (const object of items) {
      if (Number(object.metadata.resourceVersion) > since)
        response.write(`${JSON.stringify({ type: 'ADDED', object })}\n`);
    }
    watchers.add(watcher);
    return response.on('close', () => watchers.delete(watcher));
  };

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const fake: FakeApiServer = {
    kubeConfig: kubeConfigFor(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    requests,
    fault: () => undefined,
    pages: new Map(),
    put,
    remove,
    get: (kind, name) => [...objects.values()].find((object) => object.kind === kind && object.metadata.name === name),
    names: () => [...objects.values()].map(({ kind, metadata }) => `${kind}/${metadata.name}`).sort(),
    expireWatches() {
      const event = { type: 'ERROR', object: status(410) };
      for (const { response } of watchers) response.end(`${JSON.stringify(event)}\n`);
      watchers.clear();
    },
    endWatches() {
      for (const { response } of watchers) response.end();
      watchers.clear();
    },
    cutWatches() {
      for (const { response } of watchers) response.destroy();
      watchers.clear();
    },
    get openWatches() {
      return watchers.size;
    },
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
  return fake;
}

function kubeConfigFor(server: string): KubeConfig {
  const kubeConfig = new KubeConfig();
  // The library speaks plain HTTP only when it is told not to check certificates.
  kubeConfig.loadFromClusterAndUser({ name: 'fake', server, skipTLSVerify: true }, { name: 'fake' });
  return kubeConfig;
}

function discovery(isWanted: (apiVersion: string) => boolean): unknown {
  const items = KINDS.filter(([apiVersion]) => isWanted(apiVersion)).map(([apiVersion, kind, resource, scope]) => {
    const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
    const verbs = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'];
    const described = { resource, responseKind: { kind }, scope: scope ?? 'Namespaced', verbs };
    return { metadata: { name: group }, versions: [{ version, resources: [described] }] };
  });
  return { kind: 'APIGroupDiscoveryList', items };
}

function parsePath(path: string) {
  const pattern = /^\/(?:api|apis)\/((?:[a-z0-9.]+\/)?v1)(?:\/namespaces\/([^/]+)(?=\/))?\/([a-z]+)(?:\/([^/]+))?$/;
  const [, apiVersion = '', namespace, plural, name] = pattern.exec(path) ?? [];
  const found = KINDS.find(([version, , candidate]) => version === apiVersion && candidate === plural);
  if (found !== undefined) return { apiVersion, kind: found[1], namespace, name };
  const [, namespaceName] = /^\/api\/v1\/namespaces\/([^/]+)$/.exec(path) ?? [];
  return namespaceName === undefined
    ? undefined
    : { apiVersion: 'v1', kind: 'Namespace', namespace: undefined, name: namespaceName };
}

function status(code: number): unknown {
  return { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, message: `fake answer ${code}` };
}

function answer(response: ServerResponse, code: number, body: unknown, headers: Readonly<Record<string, string>> = {}) {
  response.writeHead(code, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
