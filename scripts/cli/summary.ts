/** What `up` says at its end: what was done, what was seen, and what to look at. */
import type { EntryPoint, EntryPoints } from '../verify/entry-points.ts';
import type { Finding } from '../verify/verify.ts';

export interface UpSummary {
  readonly images: readonly { readonly name: string; readonly built: boolean; readonly loaded: boolean }[];
  readonly objects: readonly { readonly action: string }[];
  readonly findings: readonly Finding[];
  readonly urls: Partial<EntryPoints>;
  /** What opens the way to the Services, where the URLs do not stay. */
  readonly commands: readonly string[];
}

/** `patterns`: names of those that are there. */
export function renderSummary(summary: UpSummary, patterns: ReadonlySet<string>): string {
  const { images, objects, findings, urls, commands } = summary;
  const built = images.filter((image) => image.built).length;
  const loaded = images.filter((image) => image.loaded).length;
  const width = Math.max(...findings.map(({ pattern }) => pattern.length));
  const lookAt = commands.length > 0 ? commands : hints(urls, patterns);
  return [
    '',
    `Images: ${built} built, ${loaded} loaded, ${images.length - built} unchanged. Objects: ${countActions(objects)}.`,
    ...(findings.length === 0
      ? []
      : ['', 'Seen at work:', ...findings.map(({ pattern, seen }) => `  ${pattern.padEnd(width)}  ${seen}`)]),
    ...(lookAt.length === 0 ? [] : ['', 'Look at:', ...lookAt.map((line) => `  ${line}`)]),
    '',
    commands.length > 0
      ? 'Next: status and explain take --context too; down with --context removes the kit.'
      : 'Next: npm run status; eval "$(npm run -s env)" gives this shell a kubectl for the cluster; npm run down removes the kit.',
    '',
  ].join('\n');
}

function hints(urls: Partial<EntryPoints>, patterns: ReadonlySet<string>): string[] {
  const lines: readonly (readonly [EntryPoint, string])[] = [
    ['ambassador', `curl ${urls.ambassador}/orders/17        the ambassador Pod`],
    [
      'sidecar',
      `${urls.sidecar}                       the site that Git-sync keeps; push to ${urls['git-server']}/site.git`,
    ],
    ['adapter', `curl ${urls.adapter}/metrics          the adapter's metrics`],
    ['combined', `curl -H 'x-request-id: demo-1' ${urls.combined}/orders/17   all three in one Pod`],
    ['haproxy', `curl ${urls.haproxy}/orders/17        HAProxy in the ambassador's place`],
  ];
  return lines.filter(([name]) => patterns.has(name)).map(([, line]) => line);
}

/** Such as `31 unchanged` or `2 configured, 29 unchanged`. */
function countActions(objects: readonly { readonly action: string }[]): string {
  const counts = Map.groupBy(objects, ({ action }) => action);
  return [...counts].map(([action, group]) => `${group.length} ${action}`).join(', ');
}
