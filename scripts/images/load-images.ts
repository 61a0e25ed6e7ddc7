/** Bringing images onto the cluster's node, and taking away those that newer ones have replaced. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cluster } from '../cluster/cluster.ts';
import type { Engine } from '../engine/engine.ts';
import type { BuiltImage, BuiltImages } from './app-images.ts';
import { APP_IMAGES, repository } from './catalog.ts';

/** Loads the images that the node does not have, and returns their names. */
export async function loadImages(
  { engine, node, name: clusterName }: Cluster,
  images: readonly BuiltImage[],
  note: (text: string) => void,
): Promise<string[]> {
  const present = await nodeImages({ engine, node });
  const missing = images.filter(({ reference }) => !present.has(reference));
  if (missing.length === 0) return [];
  note(`loading ${missing.map(({ name }) => name).join(', ')}`);
  const folder = await mkdtemp(join(tmpdir(), 'pod-patterns-'));
  try {
    // One archive for all, so that the layers they share travel once; an archive, because `kind load docker-image` fails
    // with Docker's containerd image store (kubernetes-sigs/kind#3795).
    const archive = join(folder, 'images.tar');
    const references = missing.flatMap(({ reference, developmentReference }) => [reference, developmentReference]);
    await engine.host.run('docker', ['save', '--output', archive, ...references]);
    await engine.host.run('kind', ['load', 'image-archive', archive, '--name', clusterName]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return missing.map(({ name }) => name);
}

/**
 * Removes superseded versions of the kit's images and of their bases from the node and from the engine, so that the
 * disk does not grow with every edit. Called when the Pods run the new ones. Returns what was removed.
 */
export async function removeSupersededImages(
  { engine, node }: Cluster,
  { images, bases }: BuiltImages,
): Promise<string[]> {
  const current = new Set([
    ...images.flatMap(({ reference, developmentReference }) => [reference, developmentReference]),
    ...bases,
  ]);
  const ours = new Set([...current].map(repositoryOf).filter((name) => name.startsWith('pod-patterns/')));
  const isSuperseded = (reference: string) => ours.has(repositoryOf(reference)) && !current.has(reference);

  const onNode = [...(await nodeImages({ engine, node }))].filter(isSuperseded);
  if (onNode.length > 0) {
    const names = onNode.map((reference) => `docker.io/${reference}`);
    await engine.host.run('docker', ['exec', node, 'ctr', '--namespace=k8s.io', 'images', 'rm', ...names]);
  }
  const onEngine = (await engineImages(engine)).filter(isSuperseded);
  await removeImages(engine, onEngine);
  return [...new Set([...onNode, ...onEngine])];
}

function repositoryOf(reference: string): string {
  return reference.slice(0, reference.lastIndexOf(':'));
}

/** Removes all versions of the apps' images from the engine. Their bases stay: they take minutes to make. */
export async function removeAllImages(engine: Engine): Promise<string[]> {
  const names = APP_IMAGES.map(({ name }) => `${repository(name)}:`);
  const references = (await engineImages(engine)).filter((reference) =>
    names.some((name) => reference.startsWith(name)),
  );
  await removeImages(engine, references);
  return references;
}

async function removeImages(engine: Engine, references: readonly string[]): Promise<void> {
  // A container that was started by hand may still use one: it stays then.
  for (const reference of references) await engine.host.attempt('docker', ['rmi', reference]);
}

async function engineImages(engine: Engine): Promise<string[]> {
  const listed = await engine.host.run('docker', ['image', 'ls', '--format', '{{.Repository}}:{{.Tag}}']);
  return listed.split('\n');
}

async function nodeImages({ engine, node }: Pick<Cluster, 'engine' | 'node'>): Promise<Set<string>> {
  const list = await engine.host.run('docker', ['exec', node, 'ctr', '--namespace=k8s.io', 'images', 'ls', '--quiet']);
  return new Set(list.split('\n').map((reference) => reference.replace(/^docker\.io\//, '')));
}
