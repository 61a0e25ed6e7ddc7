/** Bringing images into a registry that the nodes of a cluster pull from. */
import { AppError } from '../../apps/runtime/src/errors.ts';
import type { Engine } from '../engine/engine.ts';
import type { BuiltImage } from './app-images.ts';

/** `pod-patterns/ambassador:3f2a` → `registry.example.org/team/ambassador:3f2a`. */
export function inRegistry(reference: string, registry: string): string {
  return `${registry}/${reference.slice(reference.lastIndexOf('/') + 1)}`;
}

/**
 * Throws USAGE unless it is a host and a path. A host has a dot or a port, as Docker tells it from a path of Docker Hub.
 */
export function checkRegistry(registry: string): string {
  const host = /^(?:localhost|[a-z0-9-]+(?:\.[a-z0-9-]+)+|[a-z0-9-]+(?=:\d))(?::\d+)?/;
  const path = /(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)+$/;
  if (new RegExp(host.source + path.source).test(registry)) return registry;
  throw new AppError(
    'USAGE',
    `--registry "${registry}" is no HOST/PATH of a registry`,
    'For example --registry registry.example.org/team/pod-patterns, in lower case and without https://.',
  );
}

/** Pushes the images that the registry does not have, and returns their names. Throws IMAGE_NOT_PUSHED. */
export async function pushImages(
  engine: Engine,
  images: readonly BuiltImage[],
  registry: string,
  note: (text: string) => void,
): Promise<string[]> {
  const pushed: string[] = [];
  for (const { name, reference } of images) {
    const remote = inRegistry(reference, registry);
    if (await isThere(engine, remote)) continue;
    note(`pushing ${remote}`);
    await push(engine, reference, remote);
    pushed.push(name);
  }
  return pushed;
}

/** The tag is the hash of the content: what has the name is the image. */
async function isThere({ host }: Engine, remote: string): Promise<boolean> {
  // As the engine does it by itself when it pushes.
  const insecure = /^(localhost|127\.\d+\.\d+\.\d+)[:/]/.test(remote) ? ['--insecure'] : [];
  const { exitCode } = await host.attempt('docker', ['manifest', 'inspect', ...insecure, remote]);
  return exitCode === 0;
}

async function push({ host }: Engine, reference: string, remote: string): Promise<void> {
  await host.run('docker', ['tag', reference, remote]);
  try {
    const { exitCode, stderr } = await host.attempt('docker', ['push', '--quiet', remote]);
    if (exitCode === 0) return;
    throw new AppError(
      'IMAGE_NOT_PUSHED',
      `${remote} cannot be pushed: ${stderr.trim()}`,
      `Correct --registry, or log in to it: docker login ${remote.split('/')[0]}`,
    );
  } finally {
    await host.attempt('docker', ['rmi', remote]);
  }
}
