/** One JavaScript file of an app and everything it imports, so that an image needs no node_modules. */
import { join } from 'node:path';
import { build, formatMessages, type BuildFailure, type BuildOptions } from 'esbuild';
import { AppError } from '../../apps/runtime/src/errors.ts';

export interface Bundle {
  readonly code: Uint8Array;
  readonly sourceMap: Uint8Array;
}

/**
 * Bundles apps/<name>/src/main.ts. The result depends on nothing but the sources: no path of this machine is in it.
 * Throws BUNDLE_FAILED with file, line and the line itself when a source cannot be read as TypeScript.
 */
export async function bundleApp(root: string, name: string): Promise<Bundle> {
  const { outputFiles } = await buildOrExplain(name, {
    absWorkingDir: root,
    entryPoints: [join('apps', name, 'src/main.ts')],
    outfile: join('apps', name, 'main.mjs'),
    write: false,
    bundle: true,
    platform: 'node',
    target: 'node26',
    format: 'esm',
    sourcemap: true,
    // Stack traces show our lines; the texts of the dependencies would triple the size.
    sourcesContent: false,
    legalComments: 'eof',
    logLevel: 'silent',
    // CommonJS dependencies call require, which an ES module does not have.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  const find = (suffix: string) => {
    const file = outputFiles.find(({ path }) => path.endsWith(suffix));
    if (file === undefined) throw new Error(`esbuild wrote no ${suffix} for ${name}`);
    return file.contents;
  };
  return { code: find('main.mjs'), sourceMap: find('main.mjs.map') };
}

async function buildOrExplain(name: string, options: BuildOptions & { write: false }) {
  try {
    return await build(options);
  } catch (error) {
    const { errors } = error as BuildFailure;
    if (errors === undefined) throw error;
    const messages = await formatMessages(errors, { kind: 'error', color: false });
    const remedy = 'Correct the source; npm run check finds such faults too.';
    throw new AppError('BUNDLE_FAILED', `the app ${name} cannot be bundled:\n${messages.join('').trim()}`, remedy);
  }
}
