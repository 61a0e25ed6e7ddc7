/**
 * Some programs read their files at the start and not again, so that a new ConfigMap or Secret means nothing to them.
 * The Pod template names those objects, and is given a hash of what is in them: a change of theirs is a change of the
 * template, which rolls out as any other, and the old Pods serve until the new ones are ready.
 */
import { AppError } from '../../apps/runtime/src/errors.ts';
import { contentHash } from '../host/content-hash.ts';
import type { KubeObject } from './kube-types.ts';
import type { Manifest } from './load-manifests.ts';
import { formatRef, refOf } from './object-ref.ts';

/** On a Pod template: `ConfigMap/settings, Secret/key`. */
const READ_AT_START = 'pod-patterns.example/read-at-start';
const CHECKSUM = 'pod-patterns.example/checksum';

interface Template {
  readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
}

/** The manifests with the hash. Throws an AppError `MANIFEST_INVALID` for a name that is not among them. */
export function addChecksums(manifests: readonly Manifest[]): Manifest[] {
  const objects = new Map(manifests.map(({ object }) => [formatRef(refOf(object)), object]));
  return manifests.map(({ object, file }) => {
    const spec = object['spec'] as { readonly template?: Template } | undefined;
    const annotations = spec?.template?.metadata?.annotations;
    const names = annotations?.[READ_AT_START]?.split(/,\s*/);
    if (names === undefined) return { object, file };
    const contents = names.map((name) => {
      const found = objects.get(name);
      if (found !== undefined) return JSON.stringify([name, ...entriesOf(found)]);
      throw new AppError(
        'MANIFEST_INVALID',
        `${file}: ${formatRef(refOf(object))} reads ${name} at its start, and there is none`,
        `Correct the annotation ${READ_AT_START}: ConfigMap/NAME or Secret/NAME, with commas between them.`,
      );
    });
    const metadata = {
      ...spec?.template?.metadata,
      annotations: { ...annotations, [CHECKSUM]: contentHash(...contents) },
    };
    return { object: { ...object, spec: { ...spec, template: { ...spec?.template, metadata } } }, file };
  });
}

/** What the object holds, in the order of the keys. */
function entriesOf(object: KubeObject): unknown[] {
  return ['data', 'binaryData', 'stringData'].flatMap((field) =>
    Object.entries(object[field] ?? {}).sort(([one], [other]) => one.localeCompare(other, 'en')),
  );
}
