/** Sequences of everything that may happen to a log, by chance but the same in every run. */
import { rm, truncate } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { copyTruncate, createLedger, rotate, start, type Started } from './input-test-support.ts';
import type { SavedPosition } from './position.ts';
import { compare, createRandom, createWorkspace, until } from './test-support.ts';

const STEPS = 40;
const SEEDS = 150;

/** What may happen in a sequence. Nobody mixes all of it; nothing may be lost all the same, but copies are read again. */
const WORLDS = [
  { world: 'rename', names: ['write', 'write more', 'rotate', 'truncate', 'delete', 'read', 'stop', 'start'] },
  { world: 'copy', names: ['write', 'write more', 'copy and truncate', 'read', 'stop', 'start'] },
  {
    world: 'everything',
    names: ['write', 'write more', 'rotate', 'copy and truncate', 'truncate', 'delete', 'read', 'stop', 'start'],
  },
] as const;

const cases = WORLDS.flatMap((world) => Array.from({ length: SEEDS }, (_, index) => ({ ...world, seed: index + 1 })));

test.each(cases)('$world, seed $seed', { timeout: 60_000 }, async ({ world, names, seed }) => {
  const random = createRandom(seed);
  const { logFile } = await createWorkspace();
  const ledger = createLedger(logFile);
  const messages: unknown[] = [];
  const steps: string[] = [];
  const trace: string[] = [];
  let done = false;
  let started: Started | undefined = start(logFile);
  let saved: SavedPosition[] = [];
  /** How often it was rotated since everything was read: what goes beyond `keep` is lost by the rotation itself. */
  let rotations = 0;

  const isRead = async (): Promise<void> => {
    started ??= start(logFile, { saved });
    const { messages: now, input } = started;
    await until(() => input.state === 'ok', 'it has looked at the folder');
    const missing = (): number => {
      const found = new Set([...messages, ...now()]);
      return ledger.written.filter((line) => !found.has(line)).length;
    };
    await until(
      () => missing() === 0,
      () => `${missing()} events are missing after ${steps.join(', ')}`,
    );
    rotations = 0;
  };
  const stop = async (): Promise<void> => {
    if (started === undefined) return;
    saved = await started.stop();
    messages.push(...started.messages());
    started = undefined;
  };
  const actions: Readonly<Record<(typeof WORLDS)[2]['names'][number], () => Promise<unknown>>> = {
    write: () => ledger.write(1 + random(50)),
    'write more': () => ledger.write(1 + random(5_000)),
    rotate: () => rotate(logFile, 9),
    'copy and truncate': () => copyTruncate(logFile),
    truncate: async () => {
      await isRead();
      await truncate(logFile).catch(() => undefined);
    },
    delete: async () => {
      await isRead();
      await rm(logFile, { force: true });
    },
    read: isRead,
    stop,
    start: () => Promise.resolve((started ??= start(logFile, { saved }))),
  };
  for (let step = 0; step < STEPS; step += 1) {
    const name = names[random(names.length)] ?? 'write';
    if (name === 'rotate' || name === 'copy and truncate') rotations += 1;
    // copyTruncate keeps two.
    if (rotations >= 2) await isRead();
    steps.push(name);
    await actions[name]();
    {
      const all = [...messages, ...(started?.messages() ?? [])];
      const c = new Map();
      for (const m of all) c.set(m, (c.get(m) ?? 0) + 1);
      const dup = [...c].filter(([, n]) => n > 1).map(([l]) => l);
      const { readdirSync, statSync } = await import('node:fs');
      const { dirname } = await import('node:path');
      const dir = dirname(logFile);
      const ls = readdirSync(dir)
        .map(
          (n) =>
            n.replace('app.log', '') +
            ':' +
            String(statSync(dir + '/' + n).ino).slice(-4) +
            ':' +
            statSync(dir + '/' + n).size,
        )
        .join(' ');
      const pos = (started?.input.positions ?? saved).map((p) => p.ino.slice(-4) + '@' + p.offset).join(' ');
      trace.push(`${step} ${name} w=${ledger.written.length} dup=${dup.length} ${dup[0] ?? ''} | ${ls} | ${pos}`);
      if (dup.length && !done) {
        done = true;
        console.error(`##${world} ${seed}\n` + trace.slice(-6).join('\n'));
      }
    }
  }
  await isRead();
  await stop();
  const { lost, repeated, unknown } = compare(messages, ledger.written);
  const isMixed = world === 'everything';
  expect({ lost, unknown, repeated: isMixed ? [] : repeated, steps }).toStrictEqual({
    lost: [],
    unknown: [],
    repeated: [],
    steps,
  });
});
