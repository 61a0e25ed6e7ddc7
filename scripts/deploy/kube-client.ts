/**
 * The few operations the deployer needs, on objects of any kind: read, list, watch, server-side apply, delete, and
 * the text of a log or of a page behind the Pod proxy. Failures that pass are repeated until a deadline.
 */
import type { KubeConfig } from '@kubernetes/client-node';
import { DISCOVERY_MEDIA_TYPE, parseDiscovery, resourcePath, type ApiResource } from './api-resources.ts';
import { readWatchEvents, type WatchEvent } from '../../apps/runtime/src/kube/watch-events.ts';
import { isStatus, statusError, unreachableError } from './kube-errors.ts';
import type { KubeObject } from './kube-types.ts';
import type { ObjectRef } from './object-ref.ts';
import { sendWithRetries } from './request.ts';
import { createTransport, type HttpRequest } from './transport.ts';

export interface ListQuery {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string | undefined;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Only apiVersion, kind and metadata of each object. */
  readonly metadataOnly?: boolean;
}

export interface ObjectList {
  readonly resourceVersion: string;
  readonly items: readonly KubeObject[];
}

export interface ApplyResponse {
  readonly object: KubeObject;
  /** What the API server says about an object it accepted, such as Pod Security warnings. */
  readonly warnings: readonly string[];
}

export interface KubeClient extends AsyncDisposable {
  readonly server: string;
  /** All kinds of the cluster. */
  resources(): Promise<readonly ApiResource[]>;
  /** Undefined if the cluster has no such kind. */
  resourceOf(type: Pick<ObjectRef, 'apiVersion' | 'kind'>): Promise<ApiResource | undefined>;
  /** Undefined if there is no such object, or no such kind. */
  read(ref: ObjectRef, signal?: AbortSignal): Promise<KubeObject | undefined>;
  list(query: ListQuery, signal?: AbortSignal): Promise<ObjectList>;
  /** Events after `resourceVersion`, until the server ends the stream (after half a minute) or the signal aborts. */
  watch(query: ListQuery, resourceVersion: string, signal: AbortSignal): AsyncIterable<WatchEvent<KubeObject>>;
  apply(object: KubeObject, options: ApplyFieldsOptions, signal?: AbortSignal): Promise<ApplyResponse>;
  /** Fails with 409 if there is one already, also if an earlier attempt of this very call has made it unnoticed. */
  create(object: KubeObject, signal?: AbortSignal): Promise<KubeObject>;
  /** Fails with 409 if the object is no longer of the resourceVersion that it is given with. */
  replace(object: KubeObject, signal?: AbortSignal): Promise<KubeObject>;
  /** False if it was gone already. With `uid`, an object that was made anew under the same name is left alone. */
  delete(ref: ObjectRef, options: DeleteOptions, signal?: AbortSignal): Promise<boolean>;
  /** One GET, not repeated: whatever answers, its status and its body. */
  text(
    path: string,
    query: Readonly<Record<string, string>>,
    signal?: AbortSignal,
    headers?: Readonly<Record<string, string>>,
  ): Promise<TextAnswer>;
  /** The body of one GET as it arrives, such as a log that is followed; throws if the answer is not 200. */
  stream(path: string, query: Readonly<Record<string, string>>, signal: AbortSignal): AsyncIterable<Uint8Array>;
}

export interface ApplyFieldsOptions {
  /** Take over fields that others own and have set to another value. */
  readonly force: boolean;
  /** Answer with what the object would become, and store nothing. */
  readonly dryRun?: boolean;
}

export interface DeleteOptions {
  readonly uid?: string | undefined;
  readonly propagationPolicy?: 'Background' | 'Foreground';
}

export interface TextAnswer {
  readonly status: number;
  readonly text: string;
}

export interface KubeClientOptions {
  /** Ends every request of this client. */
  readonly signal?: AbortSignal;
  /** Longest time for one call with all its attempts. */
  readonly timeoutMs?: number;
  /** Longest time for one attempt: a server that accepts a connection may still never answer. */
  readonly attemptTimeoutMs?: number;
}

/** The manager under which the kit owns fields; it must never change, or the old one would own them for ever. */
const FIELD_MANAGER = 'pod-patterns';
const WATCH_SECONDS = 30;

export async function createKubeClient(kubeConfig: KubeConfig, options: KubeClientOptions = {}): Promise<KubeClient> {
  const transport = await createTransport(kubeConfig);
  // The connections are the kubeconfig's, which other clients may share; the calls are this client's.
  const closing = new AbortController();
  const { signal: clientSignal, timeoutMs = 30_000, attemptTimeoutMs = 10_000 } = options;
  const limits = { timeoutMs, attemptTimeoutMs };
  const combine = (signal: AbortSignal | undefined) =>
    AbortSignal.any([signal, clientSignal, closing.signal].filter((candidate) => candidate !== undefined));
  const call = (request: HttpRequest, signal: AbortSignal | undefined) =>
    sendWithRetries(transport, request, { ...limits, signal: combine(signal) });

  let discovered: Promise<ApiResource[]> | undefined;
  const discover = async () => {
    const headers = { accept: DISCOVERY_MEDIA_TYPE };
    const documents = await Promise.all(
      ['/api', '/apis'].map((path) => call({ method: 'GET', path, headers }, undefined)),
    );
    return documents.flatMap(({ text }) => parseDiscovery(JSON.parse(text)));
  };
  const resources = () => {
    discovered ??= discover().catch((error: unknown) => {
      discovered = undefined;
      throw error;
    });
    return discovered;
  };
  const resourceOf: KubeClient['resourceOf'] = async ({ apiVersion, kind }) =>
    (await resources()).find((resource) => resource.apiVersion === apiVersion && resource.kind === kind);
  const mustFind = async (type: Pick<ObjectRef, 'apiVersion' | 'kind'>) => {
    const resource = await resourceOf(type);
    if (resource !== undefined) return resource;
    throw statusError(`looking up ${type.apiVersion} ${type.kind}`, 404, 'the cluster has no such kind');
  };

  const write = async (method: 'POST' | 'PUT', path: string, body: KubeObject, signal: AbortSignal | undefined) => {
    const headers = { 'content-type': 'application/json' };
    const query = { fieldManager: FIELD_MANAGER };
    return JSON.parse((await call({ method, path, query, headers, body }, signal)).text) as KubeObject;
  };

  return {
    server: transport.server,
    resources,
    resourceOf,
    async read(ref, signal) {
      const resource = await resourceOf(ref);
      if (resource === undefined) return undefined;
      try {
        return JSON.parse(
          (await call({ method: 'GET', path: resourcePath(resource, ref) }, signal)).text,
        ) as KubeObject;
      } catch (error) {
        if (isStatus(error, 404)) return undefined;
        throw error;
      }
    },
    async list(query, signal) {
      const path = resourcePath(await mustFind(query), query);
      const headers = query.metadataOnly ? { accept: METADATA_MEDIA_TYPE } : {};
      const { text } = await call({ method: 'GET', path, query: selectors(query), headers }, signal);
      const { metadata, items } = JSON.parse(text) as RawList;
      const { apiVersion, kind } = query;
      const { resourceVersion } = metadata;
      return { resourceVersion, items: (items ?? []).map((item) => ({ ...item, apiVersion, kind })) };
    },
    async *watch(query, resourceVersion, signal) {
      const path = resourcePath(await mustFind(query), query);
      const watching = {
        watch: 'true',
        resourceVersion,
        allowWatchBookmarks: 'true',
        timeoutSeconds: `${WATCH_SECONDS}`,
      };
      // A stream that the network forgot never ends by itself.
      const bounded = AbortSignal.any([combine(signal), AbortSignal.timeout((WATCH_SECONDS + 10) * 1_000)]);
      const request = { method: 'GET', path, query: { ...selectors(query), ...watching } } as const;
      const response = await transport.send(request, bounded);
      if (response.status !== 200) throw statusError(`GET ${path}`, response.status, await response.text());
      yield* readWatchEvents<KubeObject>(response.chunks(), (status, body) => statusError(`GET ${path}`, status, body));
    },
    async apply(object, { force, dryRun = false }, signal) {
      const path = resourcePath(await mustFind(object), object.metadata);
      const query = {
        fieldManager: FIELD_MANAGER,
        fieldValidation: 'Strict',
        force: String(force),
        ...(dryRun && { dryRun: 'All' }),
      };
      const headers = { 'content-type': 'application/apply-patch+yaml' };
      const { text, headers: answered } = await call({ method: 'PATCH', path, query, headers, body: object }, signal);
      return { object: JSON.parse(text) as KubeObject, warnings: parseWarnings(answered['warning']) };
    },
    async create(object, signal) {
      const { namespace } = object.metadata;
      return write('POST', resourcePath(await mustFind(object), { namespace }), object, signal);
    },
    async replace(object, signal) {
      return write('PUT', resourcePath(await mustFind(object), object.metadata), object, signal);
    },
    async delete(ref, { uid, propagationPolicy = 'Background' }, signal) {
      const resource = await resourceOf(ref);
      if (resource === undefined) return false;
      const preconditions = uid === undefined ? {} : { preconditions: { uid } };
      const body = { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy, ...preconditions };
      const headers = { 'content-type': 'application/json' };
      try {
        await call({ method: 'DELETE', path: resourcePath(resource, ref), headers, body }, signal);
        return true;
      } catch (error) {
        if (isStatus(error, 404) || (uid !== undefined && isStatus(error, 409))) return false;
        throw error;
      }
    },
    async text(path, query, signal, headers = {}) {
      const bounded = AbortSignal.any([combine(signal), AbortSignal.timeout(attemptTimeoutMs)]);
      try {
        const response = await transport.send({ method: 'GET', path, query, headers }, bounded);
        return { status: response.status, text: await response.text() };
      } catch (error) {
        combine(signal).throwIfAborted();
        throw unreachableError(`GET ${path}`, transport.server, error);
      }
    },
    async *stream(path, query, signal) {
      const response = await transport.send({ method: 'GET', path, query }, combine(signal));
      if (response.status !== 200) throw statusError(`GET ${path}`, response.status, await response.text());
      yield* response.chunks();
    },
    async [Symbol.asyncDispose]() {
      closing.abort();
    },
  };
}

/** The members come without their type, and no members as null. */
interface RawList {
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly KubeObject[] | null;
}

const METADATA_MEDIA_TYPE = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';

function selectors({ labelSelector, fieldSelector }: ListQuery): Record<string, string> {
  return { ...(labelSelector && { labelSelector }), ...(fieldSelector && { fieldSelector }) };
}

/** The texts of `Warning` headers (`299 - "text"`), which fetch joins with commas. */
function parseWarnings(header: string | undefined): string[] {
  return [...(header ?? '').matchAll(/\b299 \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, text = '']) =>
    text.replaceAll(/\\(.)/g, '$1'),
  );
}
