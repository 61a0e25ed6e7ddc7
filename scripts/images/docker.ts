/** What the kit asks of the engine about images. */
import type { Engine } from '../engine/engine.ts';

/** The id of an image that the engine has; undefined if it has not. */
export async function imageId(engine: Engine, reference: string): Promise<string | undefined> {
  const { exitCode, stdout } = await engine.host.attempt('docker', [
    'image',
    'inspect',
    '--format',
    '{{.Id}}',
    reference,
  ]);
  return exitCode === 0 ? stdout.trim() : undefined;
}

/** The ids of all images that the engine has, by their references: one question in place of one an image. */
export async function allImageIds({ host }: Engine): Promise<ReadonlyMap<string, string>> {
  const format = '{{.Repository}}:{{.Tag}} {{.ID}}';
  const listed = await host.run('docker', ['image', 'ls', '--no-trunc', '--format', format]);
  return new Map(listed.split('\n').map((line) => line.split(' ') as [string, string]));
}

export interface BuildOptions {
  /** Folder that the Dockerfile copies from. */
  readonly context: string;
  readonly dockerfile: string;
  readonly tags: readonly string[];
  readonly target?: string;
  readonly buildArgs?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
}

/** Builds an image; the end of the build's output is part of the error when it fails. */
export async function buildImage(engine: Engine, options: BuildOptions): Promise<void> {
  const pairs = (flag: string, values: Readonly<Record<string, string>> = {}) =>
    Object.entries(values).flatMap(([key, value]) => [flag, `${key}=${value}`]);
  const args = [
    'build',
    ...options.tags.flatMap((tag) => ['--tag', tag]),
    ...(options.target === undefined ? [] : ['--target', options.target]),
    ...pairs('--build-arg', options.buildArgs),
    ...pairs('--label', options.labels),
    '--file',
    options.dockerfile,
    options.context,
  ];
  // Attestations would make the image an index of two, which `kind load` cannot take (kubernetes-sigs/kind#3795).
  await engine.host.run('docker', args, { env: { BUILDX_NO_DEFAULT_ATTESTATIONS: '1' } });
}
