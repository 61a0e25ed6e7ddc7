/** Server-side apply of one object, with the answers a user can act on. */
import { isDeepStrictEqual } from 'node:util';
import { AppError } from '../../apps/runtime/src/errors.ts';
import type { WaitForObjectOptions } from './follow.ts';
import { hasImageAsWritten } from './image-tags.ts';
import type { ApplyResponse, KubeClient } from './kube-client.ts';
import { KubeApiError } from './kube-errors.ts';
import type { KubeObject } from './kube-types.ts';
import type { Manifest } from './load-manifests.ts';
import { readSettled } from './namespace.ts';
import { describeCommand, formatRef, refOf, type ObjectRef } from './object-ref.ts';

export interface ObjectResult {
  readonly ref: ObjectRef;
  readonly action: 'created' | 'configured' | 'unchanged' | 'pruned';
  readonly warnings: readonly string[];
}

/**
 * Applies the object and tells what that changed. Without `force`, a field that somebody else owns and has set to
 * another value is left alone (but see isOnlyOurImages).
 *
 * Throws an AppError `APPLY_CONFLICT` (with managers and fields), `APPLY_IMMUTABLE`, `MANIFEST_REJECTED`, or what
 * readSettled throws.
 */
export async function applyObject(
  client: KubeClient,
  { object, file }: Manifest,
  options: WaitForObjectOptions & { readonly force: boolean },
): Promise<ObjectResult> {
  const ref = refOf(object);
  const before = await readSettled(client, object, options);
  try {
    const { object: after, warnings } = await applyFields(client, object, { ...options, before });
    if (before === undefined) return { ref, action: 'created', warnings };
    return { ref, action: isSame(before, after) ? 'unchanged' : 'configured', warnings };
  } catch (error) {
    if (!(error instanceof KubeApiError)) throw error;
    throw explainRefusal(ref, file, error);
  }
}

/** As the client's apply, but see isOnlyOurImages. `before`: the object as it is; undefined if there is none. */
export async function applyFields(
  client: KubeClient,
  object: KubeObject,
  options: {
    readonly before: KubeObject | undefined;
    readonly force: boolean;
    readonly dryRun?: boolean;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<ApplyResponse> {
  const { before, force, dryRun = false, signal } = options;
  try {
    return await client.apply(object, { force, dryRun }, signal);
  } catch (error) {
    if (force || before === undefined || !(error instanceof KubeApiError)) throw error;
    if (!isOnlyOurImages(before, error)) throw error;
    return client.apply(object, { force: true, dryRun }, signal);
  }
}

/**
 * Whether nothing is in conflict but images of ours as the manifests write them. That is what `kubectl apply -k` of
 * the same manifests leaves behind; nobody's own value is lost when the kit puts the loaded build there again.
 */
function isOnlyOurImages(before: KubeObject, { causes }: KubeApiError): boolean {
  const conflicts = causes.filter(({ reason }) => reason === FIELD_CONFLICT);
  return (
    conflicts.length > 0 &&
    conflicts.every(({ field = '' }) => {
      const name = /ontainers\[name="([^"]+)"\]\.image$/.exec(field)?.[1];
      return name !== undefined && hasImageAsWritten(before, name);
    })
  );
}

const FIELD_CONFLICT = 'FieldManagerConflict';

/** Whether nothing but the status differs, which controllers may have written between the two. */
function isSame(before: KubeObject, after: KubeObject): boolean {
  if (before.metadata.resourceVersion === after.metadata.resourceVersion) return true;
  return isDeepStrictEqual(withoutStatus(before), withoutStatus(after));
}

function withoutStatus(object: KubeObject): unknown {
  const metadata = { ...object.metadata, resourceVersion: undefined, managedFields: undefined };
  return { ...object, metadata, status: undefined };
}

function explainRefusal(ref: ObjectRef, file: string, error: KubeApiError): AppError {
  const what = `${file}: ${formatRef(ref)}`;
  const owners = error.causes.filter(({ reason }) => reason === FIELD_CONFLICT);
  if (owners.length > 0) {
    const fields = owners.map(({ field, message }) => `\n  ${field ?? '?'}: ${message ?? ''}`).join('');
    return new AppError(
      'APPLY_CONFLICT',
      `${what} has fields that somebody else has set to another value:${fields}`,
      'Write the same values into the file, or take the fields back: npm run up -- --force-conflicts',
      { cause: error },
    );
  }
  if (error.status === 422 && /field is immutable|updates to .* forbidden/.test(error.serverMessage)) {
    const scope = ref.namespace === undefined ? '' : `-n ${ref.namespace} `;
    return new AppError(
      'APPLY_IMMUTABLE',
      `${what} changes a field that can only be set when the object is created: ${error.serverMessage}`,
      `Delete the object, then run the command again: kubectl ${scope}delete ${ref.kind.toLowerCase()}/${ref.name}`,
      { cause: error },
    );
  }
  if (error.status === 400 || error.status === 422 || error.serverMessage.includes('typed patch object')) {
    return new AppError(
      'MANIFEST_REJECTED',
      `${what} is not accepted by the cluster: ${error.serverMessage}`,
      `Correct the field it names; kubectl explain ${ref.kind.toLowerCase()}.spec lists the fields there are.`,
      { cause: error },
    );
  }
  if (error.status === 403) {
    return new AppError(
      'APPLY_FORBIDDEN',
      `${what} is refused by the cluster: ${error.serverMessage}`,
      `Change the object so that it keeps to the rule the message names. See: ${describeCommand({ kind: 'Namespace', name: ref.namespace ?? ref.name })}`,
      { cause: error },
    );
  }
  return error;
}
