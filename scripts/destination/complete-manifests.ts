/** From the manifests as they are written to those that `up` applies, and with which `plan` compares the cluster. */
import { replaceImages } from '../deploy/image-tags.ts';
import { KIT_SCOPE } from '../deploy/kit.ts';
import type { KubeClient } from '../deploy/kube-client.ts';
import type { Manifest } from '../deploy/load-manifests.ts';
import { pushSecret } from '../deploy/push-secret.ts';
import { addChecksums } from '../deploy/read-at-start.ts';
import type { BuiltImage } from '../images/app-images.ts';
import type { Destination } from './destination.ts';

export interface CompleteOptions {
  readonly client: Pick<KubeClient, 'read'>;
  readonly destination: Pick<Destination, 'adapt' | 'referenceOf'>;
  readonly images: readonly Pick<BuiltImage, 'name' | 'reference'>[];
  /** Names of the patterns that are deployed. */
  readonly patterns: ReadonlySet<string>;
  readonly signal: AbortSignal;
}

/** Throws what replaceImages and addChecksums throw. */
export async function completeManifests(
  written: readonly Manifest[],
  { client, destination, images, patterns, signal }: CompleteOptions,
): Promise<readonly Manifest[]> {
  const references = Object.fromEntries(images.map((image) => [image.name, destination.referenceOf(image)]));
  return addChecksums([
    ...replaceImages(destination.adapt(written), references),
    ...(patterns.has('git-server') ? [await pushSecret(client, KIT_SCOPE, signal)] : []),
  ]);
}
