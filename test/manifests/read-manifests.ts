/** Reads all of manifests/ as it stands on disk, in the order of the file names. */
import { globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import * as z from 'zod';
import { KubernetesObject, type Container, type Deployment, type PodSpec } from './schema.ts';

const REPOSITORY = join(import.meta.dirname, '../..');
export const MANIFESTS = join(REPOSITORY, 'manifests');
export const KIND_CONFIG = join(REPOSITORY, 'kind-config.yaml');

/** Every YAML file of the kit below manifests/, relative to it; what lessons apply is looked at in test/course/pages. */
export const yamlFiles: readonly string[] = globSync('**/*.{yaml,yml}', {
  cwd: MANIFESTS,
  exclude: ['concepts'],
}).sort();

const isKustomization = (file: string): boolean => basename(file) === 'kustomization.yaml';
export const kustomizationFiles = yamlFiles.filter(isKustomization);
export const objectFiles = yamlFiles.filter((file) => !isKustomization(file));

/** The documents of one file, unchecked; throws if one of them is not valid YAML. */
export function readDocuments(path: string): unknown[] {
  const documents = parseAllDocuments(readFileSync(path, 'utf8'));
  if (!Array.isArray(documents)) return [];
  return documents.map((document) => {
    const [problem] = [...document.errors, ...document.warnings];
    if (problem !== undefined) throw new Error(`${path}: ${problem.message}`);
    return document.toJS() as unknown;
  });
}

export interface Manifest {
  /** Relative to manifests/. */
  readonly file: string;
  readonly folder: string;
  readonly object: KubernetesObject;
}

/** The object of one file of manifests/; throws, with each fault and where it is, if it does not have the right shape. */
function readManifest(file: string): Manifest {
  const parsed = KubernetesObject.safeParse(readDocuments(join(MANIFESTS, file))[0]);
  if (!parsed.success) throw new Error(`${file}:\n${z.prettifyError(parsed.error)}`);
  return { file, folder: dirname(file), object: parsed.data };
}

export const manifests: readonly Manifest[] = objectFiles.map(readManifest);

/** The objects of one kind, each with the folder it is in. */
export function ofKind<Kind extends KubernetesObject['kind']>(kind: Kind) {
  return manifests.flatMap(({ object, folder }) =>
    object.kind === kind ? [{ folder, object: object as Extract<KubernetesObject, { kind: Kind }> }] : [],
  );
}

export interface Pod {
  /** Name of the Deployment that makes it. */
  readonly name: string;
  readonly folder: string;
  readonly deployment: Deployment;
  readonly spec: PodSpec;
  /** Native sidecars: they run as long as the Pod does. */
  readonly sidecars: readonly Container[];
  /** Init containers that run to their end before the Pod starts. */
  readonly initContainers: readonly Container[];
  /** Everything that runs for the life of the Pod: the sidecars, then the main containers. */
  readonly running: readonly Container[];
  /** All containers of any sort. */
  readonly all: readonly Container[];
}

export const pods: readonly Pod[] = ofKind('Deployment').map(({ folder, object }) => {
  const { spec } = object.spec.template;
  const init = spec.initContainers ?? [];
  const sidecars = init.filter(({ restartPolicy }) => restartPolicy === 'Always');
  return {
    name: object.metadata.name,
    folder,
    deployment: object,
    spec,
    sidecars,
    initContainers: init.filter(({ restartPolicy }) => restartPolicy === undefined),
    running: [...sidecars, ...spec.containers],
    all: [...init, ...spec.containers],
  };
});

interface PlacedContainer {
  /** Pod and container, for the name of a test. */
  readonly title: string;
  readonly pod: Pod;
  readonly container: Container;
}

/** Containers of any sort, those that run as long as their Pod, and of these the native sidecars. */
export const containers = pods.flatMap((pod) => place(pod, pod.all));
export const running = pods.flatMap((pod) => place(pod, pod.running));
export const sidecars = pods.flatMap((pod) => place(pod, pod.sidecars));

function place(pod: Pod, containers: readonly Container[]): PlacedContainer[] {
  return containers.map((container) => ({ title: `${pod.name}/${container.name}`, pod, container }));
}

/** Every ConfigMap, with the folder it is in. */
export const configMaps = ofKind('ConfigMap').map(({ folder, object: { metadata, data } }) => ({
  name: metadata.name,
  folder,
  labels: metadata.labels,
  data,
}));

/** The text of one key of a ConfigMap; throws if there is none. */
export function configText(name: string, key: string): string {
  const text = configMaps.find((configMap) => configMap.name === name)?.data[key];
  if (text === undefined) throw new Error(`no ConfigMap ${name} with key ${key}`);
  return text;
}
