/** The volumes of a Pod of manifests/, as folders and volumes of the engine. */
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ofKind, type Pod } from '../manifests/read-manifests.ts';
import type { Container } from '../manifests/schema.ts';
import { docker, imageOf } from './containers.ts';
import { appOf } from './pod-description.ts';

export interface Volumes extends AsyncDisposable {
  /** What a container of the Pod mounts, in the engine's notation. */
  binds(container: Container): string[];
  /** The folder on this machine that stands for a ConfigMap; what a test writes there the containers see. */
  configFolder(configMap: string): string;
}

/**
 * `edit` is applied to the text of each ConfigMap. The labels are put on the engine's volumes, and whoever removes the
 * containers removes those by them; leaving the scope removes the folders.
 */
export async function createVolumes(
  pod: Pod,
  labels: Readonly<Record<string, string>>,
  edit: (text: string) => string,
): Promise<Volumes> {
  const marks = Object.entries(labels).flatMap(([name, value]) => ['--label', `${name}=${value}`]);
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'pod-patterns-'));
  stack.defer(() => rm(folder, { recursive: true }));
  // Containers run under other users, and the folder is made for one alone.
  await chmod(folder, 0o755);
  const sources = new Map<string, string>();
  const writable: string[] = [];
  for (const { name, configMap, secret } of pod.spec.volumes ?? []) {
    if (secret !== undefined) {
      sources.set(name, await writeSecret(folder, secret.secretName));
    } else if (configMap === undefined) {
      const volume = await docker('volume', 'create', ...marks);
      sources.set(name, volume);
      writable.push(volume);
    } else {
      sources.set(name, await writeConfigMap(folder, configMap.name, edit));
    }
  }
  await openVolumes(writable, marks, pod);

  const rest = stack.move();
  return {
    binds: ({ volumeMounts = [] }) =>
      volumeMounts.map(({ name, mountPath, readOnly }) => {
        const mode = readOnly === true ? 'ro' : 'rw';
        // nocopy: an emptyDir is empty, whatever the image has at that place.
        const copy = writable.includes(sources.get(name) ?? '') ? ',nocopy' : '';
        return `${sources.get(name)}:${mountPath}:${mode}${copy}`;
      }),
    configFolder: (configMap) => join(folder, configMap),
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  };
}

async function writeConfigMap(parent: string, name: string, edit: (text: string) => string): Promise<string> {
  const found = ofKind('ConfigMap').find(({ object }) => object.metadata.name === name);
  if (found === undefined) throw new Error(`there is no ConfigMap ${name}`);
  const folder = join(parent, name);
  await mkdir(folder);
  for (const [key, text] of Object.entries(found.object.data)) await writeFile(join(folder, key), edit(text));
  return folder;
}

/** A key that all Pods of tests share, where the cluster has one that `up` has made. */
async function writeSecret(parent: string, name: string): Promise<string> {
  const folder = join(parent, name);
  await mkdir(folder);
  await writeFile(join(folder, 'secret'), 'a key for tests\n');
  return folder;
}

/** Does what the kubelet does to an emptyDir: all may write, and what is made in it belongs to the Pod's group. */
async function openVolumes(
  volumes: readonly string[],
  marks: readonly string[],
  { spec, all: [first] }: Pod,
): Promise<void> {
  if (volumes.length === 0 || first === undefined) return;
  const mounts = volumes.flatMap((volume, index) => ['--volume', `${volume}:/volumes/${index}`]);
  const group = spec.securityContext.fsGroup ?? 0;
  const script = `chown 0:${group} /volumes/* && chmod 2777 /volumes/*`;
  await docker(
    'run',
    '--rm',
    ...marks,
    '--user',
    '0',
    ...mounts,
    '--entrypoint',
    'sh',
    imageOf(appOf(first)),
    '-c',
    script,
  );
}
