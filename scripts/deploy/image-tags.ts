/** Manifests name our images `pod-patterns/<name>:dev`; what is deployed names the very build that was loaded. */
import { AppError } from '../../apps/runtime/src/errors.ts';
import type { KubeObject } from './kube-types.ts';
import type { Manifest } from './load-manifests.ts';
import { formatRef, refOf } from './object-ref.ts';

const OURS = 'pod-patterns/';
const AS_WRITTEN = /^pod-patterns\/([^:@]+):dev$/;

/**
 * A copy of the manifests in which every image of ours is the reference that `images` has for its name
 * (`ambassador` → `pod-patterns/ambassador:3f2a…`). Images of others stay as they are.
 *
 * Throws an AppError `MANIFEST_IMAGE_UNKNOWN` for an image of ours that is not `pod-patterns/<name>:dev` with a known
 * name: no node could ever find it.
 */
export function replaceImages(
  manifests: readonly Manifest[],
  images: Readonly<Record<string, string>>,
): readonly Manifest[] {
  return manifests.map(({ object, file }) => {
    const copy = structuredClone(object);
    for (const container of containersOf(copy)) {
      if (!container.image?.startsWith(OURS)) continue;
      const name = AS_WRITTEN.exec(container.image)?.[1];
      const reference = name === undefined || !Object.hasOwn(images, name) ? undefined : images[name];
      if (reference === undefined) {
        const known = Object.keys(images)
          .sort()
          .map((known) => `${OURS}${known}:dev`);
        throw new AppError(
          'MANIFEST_IMAGE_UNKNOWN',
          `${file}: ${formatRef(refOf(object))}, container ${container.name}: there is no image ${container.image}`,
          `Use one of ${known.join(', ')}, or an image of another name that you load yourself.`,
        );
      }
      container.image = reference;
    }
    return { object: copy, file };
  });
}

/** The names of those images of ours that the manifests use. */
export function imagesOf(manifests: readonly Manifest[]): ReadonlySet<string> {
  const containers = manifests.flatMap(({ object }) => containersOf(object));
  return new Set(containers.flatMap(({ image = '' }) => AS_WRITTEN.exec(image)?.[1] ?? []));
}

/** Whether the container runs the image as the manifests write it: kubectl has applied them, without replacing it. */
export function hasImageAsWritten(object: KubeObject, containerName: string): boolean {
  const container = containersOf(object).find(({ name }) => name === containerName);
  return AS_WRITTEN.test(container?.image ?? '');
}

interface MutableContainer {
  name?: string;
  image?: string;
}

/** All containers and init containers of a Pod, or of the Pod template of a workload. */
function containersOf(object: KubeObject): MutableContainer[] {
  const spec = object['spec'] as TemplateHolder | undefined;
  const template = object.kind === 'CronJob' ? spec?.jobTemplate?.spec?.template : spec?.template;
  const podSpec = object.kind === 'Pod' ? spec : template?.spec;
  return [...(podSpec?.initContainers ?? []), ...(podSpec?.containers ?? [])];
}

interface TemplateHolder {
  readonly containers?: readonly MutableContainer[];
  readonly initContainers?: readonly MutableContainer[];
  readonly template?: { readonly spec?: TemplateHolder };
  readonly jobTemplate?: { readonly spec?: { readonly template?: { readonly spec?: TemplateHolder } } };
}
