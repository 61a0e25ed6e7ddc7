/** One JavaScript file of an app and everything it imports, so that an image needs no node_modules. */
import { basename, join } from 'node:path';
import { build, formatMessages, type BuildFailure, type BuildOptions, type Plugin } from 'esbuild';
import { AppError } from '../../apps/runtime/src/errors.ts';

export interface Bundle {
  readonly code: Uint8Array;
  /** What an image has: the code, its source map and, if they ask for it, the licences of what is in it. */
  readonly files: readonly { readonly path: string; readonly content: Uint8Array }[];
}

const BUNDLE = 'main.cjs';

/**
 * Libraries load `https` at their start for what our programs never ask of them. It initialises OpenSSL, which is some
 * 3 MiB of each process, so it waits until it is used.
 */
const lazyHttps: Plugin = {
  name: 'lazy-https',
  setup(bundling) {
    bundling.onResolve({ filter: /^https$/ }, ({ path }) => ({ path, namespace: 'lazy' }));
    bundling.onLoad({ filter: /./, namespace: 'lazy' }, () => ({
      contents: "module.exports = new Proxy({}, { get: (_, key) => require('node:https')[key] });",
    }));
  },
};

/**
 * Bundles apps/<name>/src/main.ts. The result depends on nothing but the sources: no path of this machine is in it.
 * Throws BUNDLE_FAILED with file, line and the line itself when a source cannot be read as TypeScript.
 */
export async function bundleApp(root: string, name: string): Promise<Bundle> {
  const { outputFiles } = await buildOrExplain(name, {
    absWorkingDir: root,
    entryPoints: [join('apps', name, 'src/main.ts')],
    outfile: join('apps', name, BUNDLE),
    write: false,
    bundle: true,
    platform: 'node',
    target: 'node26',
    // Not an ES module: the loader of those alone costs each process 14 MiB and a third of the time to start.
    format: 'cjs',
    plugins: [lazyHttps],
    // V8 keeps the text, with two bytes a letter if one of them, as in a comment, is not of Latin-1.
    minifyWhitespace: true,
    lineLimit: 160,
    legalComments: 'external',
    sourcemap: true,
    // Stack traces show our lines; the texts of the dependencies would triple the size.
    sourcesContent: false,
    logLevel: 'silent',
  });
  const files = outputFiles.map(({ path, contents }) => ({ path: basename(path), content: contents }));
  const code = files.find(({ path }) => path === BUNDLE)?.content;
  if (code === undefined) throw new Error(`esbuild wrote no ${BUNDLE} for ${name}`);
  return { code, files };
}

async function buildOrExplain(name: string, options: BuildOptions & { write: false }) {
  try {
    return await build(options);
  } catch (error) {
    const { errors } = error as BuildFailure;
    if (errors === undefined) throw error;
    const messages = await formatMessages(errors, { kind: 'error', color: false });
    const remedy = 'Correct the source; npm run lint finds such faults too.';
    throw new AppError('BUNDLE_FAILED', `the app ${name} cannot be bundled:\n${messages.join('').trim()}`, remedy);
  }
}
