/** Finds links between the files of a folder that lead nowhere. Links to other sites are not followed. */
import { globSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { anchorsOf, linksOf } from './markdown.ts';

/** Every Markdown file below the folder, relative to it; dependencies are not ours. */
export function markdownFiles(root: string): string[] {
  return globSync('**/*.md', { cwd: root, exclude: ['**/node_modules', '.git'] }).sort();
}

/** One line `file:line: target: what is wrong` for each link that leads nowhere. */
export function findBrokenLinks(root: string): string[] {
  return markdownFiles(root).flatMap((file) =>
    linksOf(readFileSync(join(root, file), 'utf8')).flatMap(({ target, line }) => {
      const fault = faultOf(root, file, target);
      return fault === undefined ? [] : [`${file}:${line}: ${target}: ${fault}`];
    }),
  );
}

/** What is wrong with a link of that file; undefined if nothing is, or if it leads to another site. */
function faultOf(root: string, file: string, target: string): string | undefined {
  if (/^[a-z][a-z0-9+.-]*:|^\/\//i.test(target)) return undefined;
  const [encodedPath = '', fragment] = target.split('#');
  const path = decodeURIComponent(encodedPath);
  // GitHub takes a leading slash for the root of the repository.
  const base = path.startsWith('/') ? join(root, path) : resolve(root, dirname(file), path);
  const full = path === '' ? join(root, file) : base;
  if (relative(root, full).startsWith('..')) return 'it leads out of the repository';
  const stats = statSync(full, { throwIfNoEntry: false });
  if (stats === undefined) return 'there is no such file or folder';
  if (fragment === undefined) return undefined;
  if (stats.isDirectory()) return 'a folder has no anchors';
  return faultOfFragment(full, decodeURIComponent(fragment));
}

function faultOfFragment(path: string, fragment: string): string | undefined {
  const text = readFileSync(path, 'utf8');
  if (path.endsWith('.md')) return anchorsOf(text).has(fragment) ? undefined : 'there is no such heading';
  const [, first, last = first] = /^L(\d+)(?:-L(\d+))?$/.exec(fragment) ?? [];
  if (first === undefined) return 'only Markdown files have named anchors';
  const lineCount = text.replace(/\n$/, '').split('\n').length;
  return Number(last) <= lineCount ? undefined : `the file has ${lineCount} lines`;
}
