/**
 * The lab: a container in which programs of this checkout run beside the programs they are compared with. It has no
 * network but its own loopback, so whatever is sent there reaches nobody else, and every machine measures the same
 * versions.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Engine } from '../../scripts/engine/engine.ts';
import { contentHash } from '../../scripts/host/content-hash.ts';
import { ensureBases } from '../../scripts/images/app-images.ts';
import { bundleApp } from '../../scripts/images/bundle.ts';
import { repository } from '../../scripts/images/catalog.ts';
import { buildImage, imageId } from '../../scripts/images/docker.ts';

/** Where the checkout is, read-only, inside of the lab. */
const KIT_FOLDER = '/kit';
/** Where the bundle of each app is, as its image has it: NAME/main.cjs. */
export const LAB_APPS_FOLDER = '/apps';

/**
 * What is printed on stdout is the result, what is printed on stderr shows how far it is. The shell is the first process,
 * which no signal ends by default: it takes the one that an interrupted run sends, and with it everything ends.
 */
const ENTRY_SCRIPT = `trap 'exit 143' TERM INT; node "$@" > /out/stdout & wait $!`;

export interface LabRun {
  /** The checkout. */
  readonly root: string;
  /** The program to run, relative to the checkout. It may import what is plain JavaScript or TypeScript. */
  readonly script: string;
  readonly args: readonly string[];
  /** The apps whose bundles it needs. */
  readonly apps: readonly string[];
  readonly timeoutMs: number;
  /** Lines that the program prints on stderr, and what the lab itself does. */
  readonly note: (text: string) => void;
}

/** Runs a program in the lab to its end, and returns what it printed on stdout. Throws COMMAND_FAILED if it fails. */
export async function runInLab(engine: Engine, run: LabRun): Promise<string> {
  const image = await ensureLabImage(engine, run);
  // Under the checkout's own tree, because some engines only see folders of the user.
  const parent = join(run.root, 'node_modules', '.cache', 'lab');
  await mkdir(parent, { recursive: true });
  const folder = await mkdtemp(join(parent, 'run-'));
  try {
    const apps = join(folder, 'apps');
    for (const name of run.apps) {
      await mkdir(join(apps, name), { recursive: true });
      await writeFile(join(apps, name, 'main.cjs'), (await bundleApp(run.root, name)).code);
    }
    await mkdir(apps, { recursive: true });
    const outcome = join(folder, 'out');
    await mkdir(outcome);
    await engine.host.run(
      'docker',
      [
        ...['run', '--rm', '--network', 'none', '--tmpfs', '/tmp:exec'],
        ...['--volume', `${run.root}:${KIT_FOLDER}:ro`, '--volume', `${apps}:${LAB_APPS_FOLDER}:ro`],
        ...['--volume', `${outcome}:/out`, '--workdir', KIT_FOLDER, '--entrypoint', 'sh', image],
        ...['-c', ENTRY_SCRIPT, 'sh', run.script, ...run.args],
      ],
      { timeoutMs: run.timeoutMs, onLine: run.note },
    );
    return await readFile(join(outcome, 'stdout'), 'utf8');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function ensureLabImage(engine: Engine, { root, note }: LabRun): Promise<string> {
  const { node } = await ensureBases(engine, { root, note });
  const dockerfile = new URL('Dockerfile', import.meta.url).pathname;
  const inputs = [(await imageId(engine, node)) ?? '', await readFile(dockerfile, 'utf8')];
  const reference = `${repository('lab')}:${contentHash(...inputs)}`;
  if ((await imageId(engine, reference)) === undefined) {
    note(`building ${reference}`);
    await buildImage(engine, {
      context: new URL('.', import.meta.url).pathname,
      dockerfile,
      tags: [reference],
      buildArgs: { BASE_IMAGE: node },
    });
  }
  return reference;
}
