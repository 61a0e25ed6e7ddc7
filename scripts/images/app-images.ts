/** Building the images of the kit. What went into an image names it, so an unchanged one is never built again. */
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Engine } from '../engine/engine.ts';
import { contentHash, readTree } from '../host/content-hash.ts';
import { APP_SUITE } from '../host/debian.ts';
import { makeDebianImage, pullImage, requireImageMaking } from './base-image.ts';
import { bundleApp } from './bundle.ts';
import { APP_IMAGES, repository, type AppImage } from './catalog.ts';
import { allImageIds, buildImage, imageId } from './docker.ts';
import { nodeBinary } from './node-binary.ts';

/** What laptops pull. */
const PULLED_BASE_IMAGE = `debian:${APP_SUITE}-slim`;

export interface BuiltImage {
  readonly name: string;
  /** Repository and tag; the tag is the hash of what is in the image. */
  readonly reference: string;
  /** The same image under the tag that manifests/ name. */
  readonly developmentReference: string;
  /** Whether this run built it. */
  readonly isNew: boolean;
}

export interface ImageOptions {
  /** The checkout. */
  readonly root: string;
  readonly note: (text: string) => void;
  /** Only the images of these names; all of them without it. */
  readonly names?: ReadonlySet<string> | undefined;
  /** The Debian image to build on; for tests of the pulled path against a registry of their own. */
  readonly pulledBase?: string;
}

export interface BuiltImages {
  readonly images: readonly BuiltImage[];
  /** What they are built on. */
  readonly bases: readonly string[];
}

/** Builds every image whose inputs have changed, on a base that is pulled or made. */
export async function buildAppImages(engine: Engine, options: ImageOptions): Promise<BuiltImages> {
  const bases = await ensureBases(engine, options);
  const present = await allImageIds(engine);
  const images: BuiltImage[] = [];
  // One after the other: each build is short, and the engine's output stays attributable.
  for (const recipe of await recipes(engine, bases, options)) {
    images.push(await ensureAppImage(engine, recipe, { bases, present }, options));
  }
  return { images, bases: Object.values(bases) };
}

/** The references that buildAppImages would return, by the images' names; nothing of the kit is built. */
export async function plannedImages(engine: Engine, options: ImageOptions): Promise<Record<string, string>> {
  const planned = await recipes(engine, await ensureBases(engine, options), options);
  return Object.fromEntries(planned.map(({ image, reference }) => [image.name, reference]));
}

interface Recipe {
  readonly image: AppImage;
  readonly files: Awaited<ReturnType<typeof contextFiles>>;
  /** Its hash is that of all the image is made of. */
  readonly tag: string;
  readonly reference: string;
}

async function recipes(engine: Engine, bases: Bases, { root, names }: ImageOptions): Promise<Recipe[]> {
  const ids = { debian: await imageId(engine, bases.debian), node: await imageId(engine, bases.node) };
  return Promise.all(
    APP_IMAGES.filter(({ name }) => names?.has(name) !== false).map(async (image) => {
      const files = await contextFiles(root, image);
      const tag = contentHash(ids[image.base] ?? '', ...files.flatMap(({ path, content }) => [path, content]));
      return { image, files, tag, reference: `${repository(image.name)}:${tag}` };
    }),
  );
}

/** The images that others begin from, by what they hold. */
export type Bases = Readonly<Record<AppImage['base'], string>>;

/** Pulls or makes the images that others begin from, unless the engine has them. */
export async function ensureBases(engine: Engine, options: ImageOptions): Promise<Bases> {
  const debian = await ensureDebian(engine, options);
  const node = await nodeBinary(engine, options.root);
  const dockerfile = new URL('node-base/Dockerfile', import.meta.url).pathname;
  // The version stands for the binary: hashing 150 MB at each run would take longer than everything else here.
  const inputs = [(await imageId(engine, debian)) ?? '', process.version, await readFile(dockerfile, 'utf8')];
  const reference = `${repository('node-base')}:${contentHash(...inputs)}`;
  if ((await imageId(engine, reference)) === undefined) {
    options.note(`building ${reference}`);
    await withContext(async (context) => {
      await copyFile(node, join(context, 'node'));
      await buildImage(engine, { context, dockerfile, tags: [reference], buildArgs: { BASE_IMAGE: debian } });
    });
  }
  return { debian, node: reference };
}

/** Whether the engine has a Debian to build on already. */
export async function hasDebian(engine: Engine): Promise<boolean> {
  const references = [...(await allImageIds(engine)).keys()];
  return references.some(
    (name) => name === PULLED_BASE_IMAGE || name.startsWith(`${repository(`debian-${APP_SUITE}`)}:`),
  );
}

async function ensureDebian(engine: Engine, { note, pulledBase = PULLED_BASE_IMAGE }: ImageOptions): Promise<string> {
  const reason = await pullImage(engine, pulledBase);
  if (reason === undefined) return pulledBase;
  await requireImageMaking(pulledBase, reason);
  return makeDebianImage(engine, { suite: APP_SUITE, packages: [] }, () => {
    note(`${pulledBase} cannot be pulled: making a Debian base`);
  });
}

async function ensureAppImage(
  engine: Engine,
  { image, files, tag, reference }: Recipe,
  { bases, present }: { readonly bases: Bases; readonly present: ReadonlyMap<string, string> },
  options: ImageOptions,
): Promise<BuiltImage> {
  const { name } = image;
  const base = bases[image.base];
  const built = { name, reference, developmentReference: `${repository(name)}:dev` };
  const known = present.get(built.reference);
  if (known !== undefined) {
    // An earlier state of the sources may have come back.
    if (present.get(built.developmentReference) !== known) {
      await engine.host.run('docker', ['tag', built.reference, built.developmentReference]);
    }
    return { ...built, isNew: false };
  }
  options.note(`building ${built.reference}`);
  await withContext(async (context) => {
    for (const { path, content } of files) {
      await mkdir(dirname(join(context, path)), { recursive: true });
      // A script keeps its right to be executed.
      await writeFile(join(context, path), content, {
        mode: content.subarray(0, 2).toString() === '#!' ? 0o755 : 0o644,
      });
    }
    await buildImage(engine, {
      context,
      dockerfile: join(context, 'Dockerfile'),
      tags: [built.reference, built.developmentReference],
      buildArgs: { BASE_IMAGE: base },
      labels: {
        'org.opencontainers.image.title': name,
        'org.opencontainers.image.description': `${name} of the pod-patterns kit`,
        'org.opencontainers.image.licenses': 'MIT',
        'org.opencontainers.image.version': tag,
        'org.opencontainers.image.base.name': base,
      },
    });
  });
  return { ...built, isNew: true };
}

/** What an image is built from: the files of its folder but for sources, tests and prose, and the bundle. */
async function contextFiles(root: string, { name, base }: AppImage) {
  const isInput = (path: string) =>
    !/^(src|node_modules|examples)\//.test(path) && !/(\.test\.ts|^README\.md|^package\.json)$/.test(path);
  const files = (await readTree(join(root, 'apps', name))).filter(({ path }) => isInput(path));
  if (base === 'debian') return files;
  const bundle = await bundleApp(root, name);
  return [...files, ...bundle.files.map(({ path, content }) => ({ path, content: Buffer.from(content) }))];
}

async function withContext(work: (context: string) => Promise<void>): Promise<void> {
  const context = await mkdtemp(join(tmpdir(), 'pod-patterns-'));
  try {
    await work(context);
  } finally {
    await rm(context, { recursive: true, force: true });
  }
}
