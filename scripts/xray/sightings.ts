/** What is seen only because somebody looks: files and links that change, probes that change their mind, signals. */
import type { Snapshot, TimelineEntry } from './snapshot.ts';
import { describeChanges } from './volumes.ts';

export interface Sightings {
  /** Oldest first. */
  entries(): readonly TimelineEntry[];
  add(entry: TimelineEntry): void;
  /** Adds what differs from the snapshot before. */
  compare(snapshot: Omit<Snapshot, 'actions'>): void;
  clear(): void;
}

const MAX_ENTRIES = 200;

export function createSightings(now: () => number): Sightings {
  let entries: TimelineEntry[] = [];
  let before: Omit<Snapshot, 'actions'> | undefined;

  const add = (entry: TimelineEntry) => {
    entries = [...entries, entry].slice(-MAX_ENTRIES);
  };

  return {
    entries: () => entries,
    add,
    compare(snapshot) {
      if (before !== undefined) {
        const at = new Date(now()).toISOString();
        for (const { volume, text } of describeChanges(before.volumes, snapshot.volumes)) {
          // Of a file that grows, as logs do, the last step will do.
          const grows = /^(.*): \d+ → \d+ bytes$/.exec(text)?.[1];
          const isOlder = ({ kind, text: old }: TimelineEntry) =>
            kind === 'file' && grows !== undefined && old.startsWith(`${volume}: ${grows}: `);
          entries = entries.filter((entry) => !isOlder(entry));
          add({ at, kind: 'file', text: `${volume}: ${text}`, isBad: false });
        }
        for (const { name, role, isReady } of snapshot.lanes) {
          const old = before.lanes.find((lane) => lane.name === name);
          if (role === 'init' || old === undefined || old.isReady === isReady) continue;
          add({ at, kind: 'probe', container: name, text: isReady ? 'is ready' : 'is not ready', isBad: !isReady });
        }
      }
      before = snapshot;
    },
    clear() {
      entries = [];
      before = undefined;
    },
  };
}
