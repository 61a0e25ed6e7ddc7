/** How the snapshot's values are put into words; the page and the terminal use the same. */
import type { FileView, Lane, NetworkView, Snapshot, Wire } from './snapshot.ts';

export const ROLE_WORDS: Readonly<Record<Lane['role'], string>> = {
  pause: 'holds the Pod’s namespaces',
  init: 'init container',
  sidecar: 'native sidecar',
  main: 'main container',
  debug: 'ephemeral container',
};

/** `64 B`, `12 KiB`, `3.4 MiB`. */
function formatSize(bytes: number): string {
  if (bytes < 1_024) return `${bytes} B`;
  if (bytes < 1_048_576) return `${Math.round(bytes / 1_024)} KiB`;
  return `${(bytes / 1_048_576).toFixed(1)} MiB`;
}

/** Since the Pod was made: `+3.2 s`, `+4 min 12 s`, `+2 h 05 min`. */
export function formatOffset(at: string, since: string): string {
  const seconds = (Date.parse(at) - Date.parse(since)) / 1_000;
  if (Number.isNaN(seconds)) return '';
  const sign = seconds < 0 ? '−' : '+';
  const whole = Math.abs(seconds);
  if (whole < 60) return `${sign}${whole.toFixed(1)} s`;
  if (whole < 3_600) return `${sign}${Math.floor(whole / 60)} min ${String(Math.floor(whole % 60)).padStart(2, '0')} s`;
  return `${sign}${Math.floor(whole / 3_600)} h ${String(Math.floor((whole % 3_600) / 60)).padStart(2, '0')} min`;
}

/** `3 s ago`, `2 min ago`, `5 h ago`. */
export function formatAgo(at: string, now: string): string {
  const seconds = Math.max(0, Math.round((Date.parse(now) - Date.parse(at)) / 1_000));
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ago`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3_600)} h ago` : `${Math.floor(seconds / 86_400)} days ago`;
}

export function describeFile({ type, sizeBytes, target }: FileView): string {
  if (target !== undefined) return `→ ${target}`;
  return type === 'file' ? formatSize(sizeBytes) : type;
}

export function describePairs(pairs: Readonly<Record<string, string>>): string {
  return Object.entries(pairs)
    .map(([key, value]) => `${key} ${value}`)
    .join(', ');
}

export function listenerText({ address, port }: NetworkView['listeners'][number]): string {
  return `${address.includes(':') ? `[${address}]` : address}:${port}`;
}

/** For a socket of the Pod of which no container has told that it is its own. */
export const UNKNOWN = 'not known';
export const OUTSIDE = 'outside';

/** Who talks to whom, the outside world included. */
export function wireEnds({ direction, from, to }: Wire): { readonly from: string; readonly to: string } {
  return {
    from: from ?? (direction === 'in' ? OUTSIDE : UNKNOWN),
    to: to ?? (direction === 'out' ? OUTSIDE : UNKNOWN),
  };
}

export function titleOf({ pod }: Pick<Snapshot, 'pod'>): string {
  return `${pod.name}: ${pod.state}, ${pod.readyContainers}/${pod.totalContainers} ready`;
}
