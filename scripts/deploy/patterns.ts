/** The parts that the manifests consist of, as they are named on the command line, and what each calls. */
import { join } from 'node:path';

export interface Pattern {
  readonly name: string;
  /** Its folder in manifests/. */
  readonly folder: string;
  /** Names of the others without which it cannot work. */
  readonly needs: readonly string[];
}

export const PATTERNS: readonly Pattern[] = [
  { name: 'ambassador', folder: 'ambassador', needs: ['catalog'] },
  { name: 'sidecar', folder: 'sidecar', needs: ['git-server'] },
  { name: 'adapter', folder: 'adapter', needs: [] },
  { name: 'adapter-nginx', folder: 'adapter-nginx', needs: [] },
  { name: 'adapter-batch', folder: 'adapter-batch', needs: [] },
  { name: 'combined', folder: 'combined', needs: ['git-server'] },
  { name: 'haproxy', folder: 'twins/haproxy', needs: ['catalog'] },
  { name: 'catalog', folder: 'catalog', needs: [] },
  { name: 'git-server', folder: 'git-server', needs: [] },
];

export const PATTERN_NAMES = PATTERNS.map(({ name }) => name);

/** Which patterns a command is about. */
export interface Selection {
  /** What was asked for, and what that needs. */
  readonly names: ReadonlySet<string>;
  /** The folders to apply. */
  readonly folders: readonly string[];
  /** Whether there are others, which are to stay as they are. */
  readonly isPartial: boolean;
}

/** `only`: names of patterns, separated by commas; all of them without it. `root`: the checkout. */
export function selectPatterns(root: string, only: string | undefined): Selection {
  const manifests = join(root, 'manifests');
  if (only === undefined) return { names: new Set(PATTERN_NAMES), folders: [manifests], isPartial: false };
  const asked = new Set(only.split(','));
  const needed = PATTERNS.filter(({ name }) => asked.has(name)).flatMap(({ needs }) => needs);
  const chosen = PATTERNS.filter(({ name }) => asked.has(name) || needed.includes(name));
  return {
    names: new Set(chosen.map(({ name }) => name)),
    folders: ['namespace', ...chosen.map(({ folder }) => folder)].map((folder) => join(manifests, folder)),
    isPartial: true,
  };
}
