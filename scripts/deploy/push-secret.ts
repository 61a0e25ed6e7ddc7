/**
 * The key that the Git server signs its webhook with and git-sync checks. It is made on the cluster, so that none is in
 * the repository: whoever could read that one could make every copy of the kit sync.
 */
import { randomBytes } from 'node:crypto';
import type { Scope } from './applyset.ts';
import type { KubeClient } from './kube-client.ts';
import type { Manifest } from './load-manifests.ts';

const NAME = 'git-push';
const KEY = 'secret';
const KEY_BYTES = 32;

/**
 * The Secret to apply with the manifests: with the value that is on the cluster, whoever made it, so that it stays the
 * same; with a new random one if there is none.
 */
export async function pushSecret(
  client: Pick<KubeClient, 'read'>,
  { namespace }: Scope,
  signal?: AbortSignal,
): Promise<Manifest> {
  const live = await client.read({ apiVersion: 'v1', kind: 'Secret', namespace, name: NAME }, signal);
  const known = (live?.['data'] as Readonly<Record<string, string>> | undefined)?.[KEY] ?? '';
  const value = known === '' ? Buffer.from(randomBytes(KEY_BYTES).toString('hex')).toString('base64') : known;
  const labels = {
    'app.kubernetes.io/name': NAME,
    'app.kubernetes.io/part-of': namespace,
    'app.kubernetes.io/component': 'support',
  };
  return {
    object: {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: NAME, namespace, labels },
      type: 'Opaque',
      data: { [KEY]: value },
    },
    file: `the key of the push webhook (Secret/${NAME})`,
  };
}
