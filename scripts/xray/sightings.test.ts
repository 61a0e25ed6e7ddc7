import { expect, test } from 'vitest';
import { createSightings } from './sightings.ts';
import type { FileView, Snapshot } from './snapshot.ts';

type View = Omit<Snapshot, 'actions'>;

const file = (path: string, parts: Partial<FileView> = {}): FileView => ({
  ...{ path, type: 'file', sizeBytes: 1, modifiedAt: '2026-11-27T00:00:00.000Z', owner: 'app' },
  ...parts,
});

/** A Pod of which only the files of one volume, and whether its container is ready, are of interest. */
function view(files: readonly FileView[], isReady = true): View {
  const lane = {
    role: 'main',
    state: 'Running',
    restarts: 0,
    ports: [],
    probes: [],
    requests: {},
    limits: {},
    checks: {},
  } as const;
  return {
    ...{ version: 1, takenAt: '', namespace: '', timeline: [], notes: [] },
    pod: {
      ...{ name: '', pattern: '', state: '', readyContainers: 0, totalContainers: 1, restarts: 0 },
      ...{ createdAt: '', sharesProcesses: false },
    },
    lanes: [{ ...lane, name: 'app', isReady }],
    volumes: [{ name: 'site', source: 'emptyDir', mounts: [], seenBy: 'app', files, leftOut: 0 }],
    network: { listeners: [], wires: [] },
    processes: { isShared: false, processes: [], leftOut: 0 },
  };
}

/** What is told of one look after another, half a second apart. */
function sawIn(...looks: readonly View[]): string[] {
  let nowMs = 0;
  const sightings = createSightings(() => nowMs);
  for (const look of looks) {
    sightings.compare(look);
    nowMs += 500;
  }
  return sightings.entries().map(({ text }) => text);
}

test('the first look is no news', () => {
  expect(sawIn(view([file('a')]))).toEqual([]);
});

test('a link that flips, and a file that comes', () => {
  const link = (target: string) => file('current', { type: 'link', target });
  expect(sawIn(view([link('one')]), view([link('two'), file('b')]))).toEqual([
    'site: current now → two, before → one',
    'site: b is new',
  ]);
});

test('a file that grows is told of once, with its last step', () => {
  const log = (sizeBytes: number) => view([file('a.log', { sizeBytes })]);
  expect(sawIn(log(1), log(2), log(3))).toEqual(['site: a.log: 2 → 3 bytes']);
});

test('a file that is missing in one look only was replaced; one that stays away is gone', () => {
  const [with_, without] = [view([file('a')]), view([])];
  expect(sawIn(with_, without, with_, with_, with_, with_)).toEqual([]);
  expect(sawIn(with_, without, without, without, without)).toEqual(['site: a is gone']);
});

test('a probe that changes its mind', () => {
  expect(sawIn(view([]), view([], false), view([], false), view([]))).toEqual(['is not ready', 'is ready']);
});
