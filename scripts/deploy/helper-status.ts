/**
 * What the helpers say about themselves: /readyz of their operations port, asked through the API server's Pod proxy.
 * A rejected configuration shows here, while the Pod stays ready with the one before.
 */
import type { KubeClient } from './kube-client.ts';
import type { Pod } from './kube-types.ts';

export interface HelperStatus {
  readonly container: string;
  readonly port: number;
  readonly isReady: boolean;
  /** Each check with `ok` or what is wrong. */
  readonly checks: Readonly<Record<string, string>>;
  /** Why there is no answer. */
  readonly error?: string;
}

/** The names of the operations ports in the manifests. */
const OPS_PORT_NAMES = new Set(['ambassador-ops', 'git-sync-ops', 'adapter-ops']);
const TIMEOUT_MS = 3_000;

/** Empty for a Pod without helpers, or without running containers. Never throws, unless the signal aborts. */
export async function readHelpers(client: KubeClient, pod: Pod, signal?: AbortSignal): Promise<HelperStatus[]> {
  if (pod.status?.phase !== 'Running' || pod.metadata.deletionTimestamp !== undefined) return [];
  const containers = [...(pod.spec.initContainers ?? []), ...pod.spec.containers];
  const helpers = containers.flatMap(({ name: container, ports = [] }) =>
    ports
      .filter(({ name }) => name !== undefined && OPS_PORT_NAMES.has(name))
      .map(({ containerPort: port }) => ({ container, port })),
  );
  return Promise.all(helpers.map((helper) => readHelper(client, pod, helper, signal)));
}

async function readHelper(
  client: KubeClient,
  { metadata: { namespace = 'default', name } }: Pod,
  helper: { readonly container: string; readonly port: number },
  signal: AbortSignal | undefined,
): Promise<HelperStatus> {
  const path = `/api/v1/namespaces/${namespace}/pods/${name}:${helper.port}/proxy/readyz`;
  const bounded = AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), ...(signal === undefined ? [] : [signal])]);
  try {
    const { status, text } = await client.text(path, { verbose: '' }, bounded);
    const checks = parseChecks(text);
    if (Object.keys(checks).length > 0) return { ...helper, isReady: status === 200, checks };
    return { ...helper, isReady: status === 200, checks, ...(status !== 200 && { error: `answered ${status}` }) };
  } catch (error) {
    signal?.throwIfAborted();
    return { ...helper, isReady: false, checks: {}, error: error instanceof Error ? error.message : String(error) };
  }
}

/** The lines `+ name: ok`, `- name: why not` and `! name: what is wrong` of a verbose /readyz. */
function parseChecks(text: string): Record<string, string> {
  const lines = text.matchAll(/^[+!-] ([^:\n]+): (.*)$/gm);
  return Object.fromEntries([...lines].map(([, name = '', state = '']) => [name, state]));
}
