/**
 * The Debian that images are built on: pulled where a registry answers, else made from Debian's packages.
 * With the node image (scripts/cluster/node-image) the only place that knows the difference.
 */
import { AppError } from '../../apps/runtime/src/errors.ts';
import { imageId } from './docker.ts';
import type { Engine } from '../engine/engine.ts';
import { canInstallPackages, debianSources, installPackages } from '../host/debian.ts';
import { contentHash } from '../host/content-hash.ts';

const PULL_TIMEOUT_MS = 10 * 60_000;

/**
 * Pulls an image unless the engine has it. Returns why it could not, or undefined when it is there.
 * The engine gives up by itself within seconds where no registry answers.
 */
export async function pullImage(engine: Engine, reference: string): Promise<string | undefined> {
  if ((await imageId(engine, reference)) !== undefined) return undefined;
  const result = await engine.host.attempt('docker', ['pull', '--quiet', reference], { timeoutMs: PULL_TIMEOUT_MS });
  return result.exitCode === 0 ? undefined : (result.stderr.trim().split('\n').at(-1) ?? 'no reason given');
}

export interface DebianBase {
  /** Name of a Debian release, such as `trixie`. */
  readonly suite: string;
  /** Packages beside the essential ones. */
  readonly packages: readonly string[];
}

/** As in Debian's own slim images: no documentation, and apt keeps no caches that nobody will read. */
const SLIM = [
  ...['Dir::Cache::pkgcache ""', 'Dir::Cache::srcpkgcache ""'].map((option) => `--aptopt=${option}`),
  ...['doc', 'man', 'info', 'locale', 'lintian'].map((name) => `--dpkgopt=path-exclude=/usr/share/${name}/*`),
];

/** Makes a Debian image with mmdebstrap and returns its name; does nothing, not even tell, if the engine has it. */
export async function makeDebianImage(
  engine: Engine,
  { suite, packages }: DebianBase,
  onMake: () => void = () => {},
): Promise<string> {
  const { host, architecture } = engine;
  const sources = await debianSources(suite);
  const reference = `pod-patterns/debian-${suite}:${contentHash(architecture, ...sources, ...SLIM, ...packages)}`;
  if ((await imageId(engine, reference)) !== undefined) return reference;
  onMake();
  await installPackages(host, ['mmdebstrap']);
  const include = packages.length === 0 ? [] : [`--include=${packages.join(',')}`];
  const options = ['--variant=minbase', '--format=tar', `--architectures=${architecture}`, ...SLIM, ...include];
  // In one pipe, because the tar is hundreds of megabytes and nobody else needs it.
  const pipe = 'set -o pipefail; reference=$1; shift; mmdebstrap "$@" | docker import - "$reference"';
  await host.run('bash', ['-c', pipe, 'bash', reference, ...options, suite, '-', '-'], {
    input: `${sources.join('\n')}\n`,
  });
  return reference;
}

/** Whether images can be made on this machine where none can be pulled. */
export async function requireImageMaking(reference: string, reason: string): Promise<void> {
  if (await canInstallPackages()) return;
  throw new AppError(
    'IMAGE_NOT_PULLED',
    `cannot pull ${reference}: ${reason}`,
    'Check the network or log in to the registry (docker login); as root on Debian, this command builds the image itself.',
  );
}
