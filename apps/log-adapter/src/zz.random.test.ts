/** Sequences of everything that may happen to a log, by chance but the same in every run. */
import { rm, truncate } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { copyTruncate, createLedger, rotate, start, type Started } from './input-test-support.ts';
import type { SavedPosition } from './position.ts';
import { compare, createRandom, createWorkspace, until } from './test-support.ts';

const STEPS = 40;

test.each(Array.from({ length: 300 }, (_, index) => index + 1))(
  'seed %d: nothing is lost or repeated',
  async (seed) => {
    const random = createRandom(seed);
    const { logFile } = await createWorkspace();
    const ledger = createLedger(logFile);
    const messages: unknown[] = [];
    const steps: string[] = [];
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
    const actions: Readonly<Record<string, () => Promise<unknown>>> = {
      write: () => ledger.write(1 + random(50)),
      'write again': () => ledger.write(1 + random(5_000)),
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
    const names = Object.keys(actions);
    for (let step = 0; step < STEPS; step += 1) {
      const name = names[random(names.length)] ?? 'write';
      if (name.includes('rotate') || name.includes('copy')) rotations += 1;
      // copyTruncate keeps two.
      if (rotations >= 2) await isRead();
      steps.push(name);
      await actions[name]?.();
    }
    await isRead();
    await stop();
    const { lost, repeated, unknown } = compare(messages, ledger.written);
    expect({ lost, repeated, unknown }, steps.join(', ')).toStrictEqual({ lost: [], repeated: [], unknown: [] });
  },
);
