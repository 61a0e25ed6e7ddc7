/** Where a command works: the kit's own cluster, or an existing one that was named with --context. */
import type { KubeConfig } from '@kubernetes/client-node';
import type { Manifest } from '../deploy/load-manifests.ts';
import type { Engine } from '../engine/engine.ts';
import type { BuiltImage, BuiltImages } from '../images/app-images.ts';
import type { EntryPoint, EntryPoints } from '../verify/entry-points.ts';

/** What `up` does differently from one kind of cluster to the other. */
export interface Destination {
  readonly kubeConfig: KubeConfig;
  /** Builds the images. */
  readonly engine: Engine;
  /** For `--json`. */
  readonly description: object;
  /** The image as the cluster's nodes find it. */
  referenceOf(image: Pick<BuiltImage, 'name' | 'reference'>): string;
  /** Brings the images to where the nodes find them; returns the names of those that were not there yet. */
  deliver(images: readonly BuiltImage[], note: (text: string) => void): Promise<string[]>;
  /** The manifests as they fit the cluster. */
  adapt(manifests: readonly Manifest[]): readonly Manifest[];
  /** Removes what newer images have replaced; returns what was removed. */
  tidy(built: BuiltImages): Promise<string[]>;
  /** Opens the way to the Services from this machine, until the scope is left. */
  open(names: readonly EntryPoint[]): Promise<OpenEntryPoints>;
}

export interface OpenEntryPoints extends AsyncDisposable {
  readonly urls: EntryPoints;
  /** What to type to have them again; empty where they stay open. */
  readonly commands: readonly string[];
}
