/** The files of the page: its TypeScript is bundled when the server starts, so there is no build step. */
import { readFile } from 'node:fs/promises';
import { build } from 'esbuild';

export interface PageFile {
  readonly type: string;
  readonly body: string;
}

const at = (name: string) => new URL(`page/${name}`, import.meta.url);

/** By name, as the page asks for them. */
export async function readPage(): Promise<ReadonlyMap<string, PageFile>> {
  const [html, style, script] = await Promise.all([readFile(at('index.html'), 'utf8'), readStyle(), bundleScript()]);
  return new Map([
    ['index.html', { type: 'text/html', body: html }],
    ['style.css', { type: 'text/css', body: style }],
    ['icon.svg', { type: 'image/svg+xml', body: await readFile(at('icon.svg'), 'utf8') }],
    ['page.js', { type: 'text/javascript', body: script }],
  ]);
}

export function readStyle(): Promise<string> {
  return readFile(at('style.css'), 'utf8');
}

async function bundleScript(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [at('main.ts').pathname],
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    target: 'es2023',
  });
  return outputFiles[0]?.text ?? '';
}
