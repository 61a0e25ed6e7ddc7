/** What `up` says at its end: what was done, what was seen, and what to look at. */
import type { EntryPoints } from '../verify/entry-points.ts';
import type { Finding } from '../verify/verify.ts';

export interface UpSummary {
  readonly images: readonly { readonly name: string; readonly built: boolean; readonly loaded: boolean }[];
  readonly objects: readonly { readonly action: string }[];
  readonly findings: readonly Finding[];
  readonly urls: EntryPoints;
}

export function renderSummary({ images, objects, findings, urls }: UpSummary): string {
  const built = images.filter((image) => image.built).length;
  const loaded = images.filter((image) => image.loaded).length;
  const width = Math.max(...findings.map(({ pattern }) => pattern.length));
  return [
    '',
    `Images: ${built} built, ${loaded} loaded, ${images.length - built} unchanged. Objects: ${countActions(objects)}.`,
    '',
    'Seen at work:',
    ...findings.map(({ pattern, seen }) => `  ${pattern.padEnd(width)}  ${seen}`),
    '',
    'Look at:',
    `  curl ${urls.ambassador}/orders/17        the ambassador Pod`,
    `  ${urls.sidecar}                       the site that Git-sync keeps; push to ${urls['git-server']}/site.git`,
    `  curl ${urls.adapter}/metrics          the adapter's metrics`,
    `  curl -H 'x-request-id: demo-1' ${urls.combined}/orders/17   all three in one Pod`,
    `  curl ${urls.haproxy}/orders/17        HAProxy in the ambassador's place`,
    '',
    'Next: npm run status; eval "$(npm run -s env)" gives this shell a kubectl for the cluster; npm run down removes the kit.',
    '',
  ].join('\n');
}

/** Such as `31 unchanged` or `2 configured, 29 unchanged`. */
function countActions(objects: readonly { readonly action: string }[]): string {
  const counts = Map.groupBy(objects, ({ action }) => action);
  return [...counts].map(([action, group]) => `${group.length} ${action}`).join(', ');
}
