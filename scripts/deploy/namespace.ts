/** The namespace: there, not on its way out, and with the service account that Pods need. */
import { AppError } from '../../apps/runtime/src/errors.ts';
import { waitForObject, type WaitForObjectOptions } from './follow.ts';
import type { KubeClient } from './kube-client.ts';
import { conditionOf, type KubeObject, type Workload } from './kube-types.ts';
import { describeCommand, formatRef, refOf } from './object-ref.ts';

/**
 * Returns the object as it is, or undefined if there is none; one that is being deleted is waited for until it is
 * gone, because whatever is applied to it disappears with it.
 *
 * Throws an AppError `OBJECT_TERMINATING` that names what holds it if it is not gone in time.
 */
export async function readSettled(
  client: KubeClient,
  wanted: KubeObject,
  options: WaitForObjectOptions,
): Promise<KubeObject | undefined> {
  const ref = refOf(wanted);
  const object = await client.read(ref, options.signal);
  if (object?.metadata.deletionTimestamp === undefined) return object;
  const isGone = await waitForObject(client, ref, (live) => live?.metadata.uid !== object.metadata.uid, options);
  const left = await client.read(ref, options.signal);
  if (isGone) return left;
  throw new AppError(
    'OBJECT_TERMINATING',
    `${formatRef(ref)} is being deleted since ${object.metadata.deletionTimestamp} and is still there: ${holdersOf(left ?? object)}`,
    `Look at what holds it: ${describeCommand(ref)}. Then run the command again.`,
  );
}

/** What keeps an object that is being deleted: its finalizers, and what a namespace still contains. */
export function holdersOf(object: KubeObject): string {
  const namespace = object as Workload;
  const conditions = ['NamespaceDeletionDiscoveryFailure', 'NamespaceContentRemaining', 'NamespaceFinalizersRemaining']
    .map((type) => conditionOf(namespace, type))
    .filter((condition) => condition?.status === 'True')
    .map((condition) => condition?.message ?? '');
  const finalizers = object.metadata.finalizers ?? [];
  const held = finalizers.length === 0 ? [] : [`finalizers ${finalizers.join(', ')}`];
  return [...conditions, ...held].join('; ') || 'the cluster does not say why';
}

/**
 * Waits until the service account `default` exists: the cluster makes it a moment after the namespace, and refuses
 * Pods until then. Throws an AppError `SERVICE_ACCOUNT_MISSING` if it does not come in time.
 */
export async function waitForServiceAccount(
  client: KubeClient,
  namespace: string,
  options: WaitForObjectOptions,
): Promise<void> {
  const ref = { apiVersion: 'v1', kind: 'ServiceAccount', namespace, name: 'default' };
  if ((await client.read(ref, options.signal)) !== undefined) return;
  if (await waitForObject(client, ref, (object) => object !== undefined, options)) return;
  throw new AppError(
    'SERVICE_ACCOUNT_MISSING',
    `the namespace ${namespace} has no service account \`default\`, which the controller manager makes`,
    'Look whether it runs: kubectl -n kube-system get pods',
  );
}
