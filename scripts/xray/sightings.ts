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
/** A file that is replaced by another of its name may be missing in one look. */
const GONE_AFTER_MS = 1_500;

export function createSightings(now: () => number): Sightings {
  let entries: TimelineEntry[] = [];
  let before: Omit<Snapshot, 'actions'> | undefined;
  /** When a file was first missed, by its name with its volume's. */
  const missing = new Map<string, number>();

  const add = (entry: TimelineEntry) => {
    entries = [...entries, entry].slice(-MAX_ENTRIES);
  };

  return {
    entries: () => entries,
    add,
    compare(snapshot) {
      if (before !== undefined) {
        const at = new Date(now()).toISOString();
        for (const { volume, path, change, text } of describeChanges(before.volumes, snapshot.volumes)) {
          const file = `${volume}: ${path}`;
          if (change === 'gone') missing.set(file, now());
          if (change === 'gone' || (change === 'new' && missing.delete(file))) continue;
          // Of a file that grows, as logs do, the last step will do.
          if (change === 'size') entries = entries.filter((entry) => !entry.text.startsWith(`${file}: `));
          add({ at, kind: 'file', text: `${file}${text}`, isBad: false });
        }
        for (const [file, sinceMs] of missing) {
          if (now() - sinceMs < GONE_AFTER_MS) continue;
          missing.delete(file);
          add({ at, kind: 'file', text: `${file} is gone`, isBad: false });
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
      missing.clear();
      before = undefined;
    },
  };
}
