/** Real files, and every way in which they are rotated: what goes in comes out, once and in order. */
import { appendFile, open, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { copyTruncate, rotate } from './input-harness.ts';
import { createLedger, createLog, has, start } from './input-test-support.ts';
import type { SavedPosition } from './position.ts';
import { COMPLETE, compare, createWorkspace, until } from './test-support.ts';

describe('rotation', () => {
  test('by rename, with a writer that goes on in the old file for a while', async () => {
    const { logFile, ledger, started } = await createLog();
    await ledger.write(5);
    const old = await open(logFile, 'a');
    await has(started, ledger);
    await rename(logFile, `${logFile}.1`);
    await old.write(ledger.take(5));
    await has(started, ledger);
    await writeFile(logFile, '');
    await until(async () => (await started.metric('rotations_total')) === 1, 'the new file is seen');
    await old.write(ledger.take(5));
    await has(started, ledger);
    await old.close();
    await ledger.write(5);
    await has(started, ledger);
    expect(compare(started.messages(), ledger.written)).toStrictEqual(COMPLETE);
  });

  test('several times between two looks', async () => {
    const { logFile, ledger, started } = await createLog();
    await ledger.write(100);
    for (let round = 0; round < 30; round += 1) {
      await has(started, ledger);
      for (let times = 0; times < 3; times += 1) {
        await rotate(logFile);
        await ledger.write(100);
      }
    }
    await has(started, ledger);
    expect(compare(started.messages(), ledger.written)).toStrictEqual(COMPLETE);
    expect(await started.metric('rotations_total')).toBe(90);
  });

  test('by date, and with files that all begin alike', async () => {
    const { logFile } = await createWorkspace();
    const started = start(logFile);
    const banner = '# this is the log of the program\n'.repeat(60);
    for (let day = 1; day <= 5; day += 1) {
      await appendFile(logFile, `${banner}day ${day}\n`);
      await rename(logFile, `${logFile}-2026112${day}`);
    }
    await until(() => started.events.length >= 5 * 61, 'everything came');
    const days = started.messages().filter((msg) => String(msg).startsWith('day'));
    expect(days).toStrictEqual(['day 1', 'day 2', 'day 3', 'day 4', 'day 5']);
    expect(started.events).toHaveLength(5 * 61);
  });

  test('by copy and truncate', async () => {
    const { logFile, ledger, started } = await createLog();
    for (let round = 0; round < 10; round += 1) {
      // Half of it is read, half of it is in the copy only.
      await ledger.write(50);
      if (round % 2 === 0) await has(started, ledger);
      await ledger.write(50);
      await copyTruncate(logFile);
    }
    await ledger.write(10);
    await has(started, ledger);
    const { lost, repeated, unknown } = compare(started.messages(), ledger.written);
    // Not always in order: what is written, copied and truncated between a look and a read comes after what follows.
    expect({ lost, repeated, unknown }).toStrictEqual({ lost: [], repeated: [], unknown: [] });
    expect(await started.metric('truncations_total')).toBeGreaterThan(0);
  });

  test('by copy and truncate, with a line that was read after the copy was made', async () => {
    const { logFile, ledger, started } = await createLog();
    await ledger.write(50);
    await has(started, ledger);
    await writeFile(`${logFile}.1`, await readFile(logFile));
    await ledger.write(3);
    await has(started, ledger);
    await truncate(logFile);
    await ledger.write(50);
    await has(started, ledger);
    expect(compare(started.messages(), ledger.written)).toStrictEqual(COMPLETE);
  });

  test('by truncation, also if more is written at once than was there before', async () => {
    const { logFile, ledger, started } = await createLog();
    await ledger.write(10);
    await has(started, ledger);
    const text = ledger.take(100);
    await writeFile(logFile, text);
    await has(started, ledger);
    await truncate(logFile);
    await until(async () => (await started.metric('truncations_total')) === 2, 'the truncation is seen');
    await ledger.write(5);
    await has(started, ledger);
    expect(compare(started.messages(), ledger.written)).toStrictEqual(COMPLETE);
  });

  test('by truncation, with a writer that goes on where it was', async () => {
    const { logFile, started } = await createLog();
    const writer = await open(logFile, 'w');
    onTestFinished(() => writer.close());
    await writer.write(`${'x'.repeat(100)}\n`);
    await until(() => started.events.length === 1, 'the first line came');
    await truncate(logFile);
    await writer.write('after the hole\n');
    await until(() => started.events.length === 2, 'the second line came');
    expect(started.messages()[1]).toBe('after the hole');
    expect(await started.metric('skipped_bytes_total')).toBe(101);
  });

  test('by deletion and creation, although the file system gives the inode again', async () => {
    const { logFile, ledger, started } = await createLog();
    for (let round = 0; round < 10; round += 1) {
      await ledger.write(3);
      await has(started, ledger);
      await rm(logFile);
    }
    expect(compare(started.messages(), ledger.written)).toStrictEqual(COMPLETE);
    await until(() => started.input.openFiles === 0, 'the last file is closed');
  });

  test('closes what was put aside, and reads it again if somebody writes to it after all', async () => {
    const { logFile, ledger, started } = await createLog();
    await ledger.write(3);
    await rotate(logFile);
    await ledger.write(3);
    await has(started, ledger);
    await until(() => started.input.openFiles === 1, 'the old file is closed');
    await appendFile(`${logFile}.1`, ledger.take(3));
    await has(started, ledger);
    expect(compare(started.messages(), ledger.written)).toStrictEqual(COMPLETE);
  });
});

describe('a restart', () => {
  test('goes on where it was, whatever happened in the meantime', async () => {
    const { logFile } = await createWorkspace();
    const ledger = createLedger(logFile);
    const happenings: (() => Promise<void>)[] = [
      () => ledger.write(10),
      () => rotate(logFile),
      async () => {
        await ledger.write(10);
        await rotate(logFile);
        await ledger.write(10);
        await rotate(logFile);
        await ledger.write(10);
      },
      async () => {
        await ledger.write(10);
        await copyTruncate(logFile);
        await ledger.write(10);
      },
      async () => {
        await rm(logFile);
        await ledger.write(2);
      },
      () => Promise.resolve(),
      // Shorter, as long as before, longer.
      () => writeFile(logFile, ledger.take(1)),
      () => writeFile(logFile, ledger.take(1)),
      () => writeFile(logFile, ledger.take(20)),
    ];
    await ledger.write(10);
    const messages: unknown[] = [];
    let saved: SavedPosition[] = [];
    for (const happen of [...happenings, () => Promise.resolve()]) {
      const started = start(logFile, { saved });
      await until(() => messages.length + started.events.length >= ledger.written.length, 'everything came');
      saved = await started.stop();
      messages.push(...started.messages());
      expect(compare(messages, ledger.written)).toStrictEqual(COMPLETE);
      await happen();
    }
    expect(compare(messages, ledger.written)).toStrictEqual(COMPLETE);
  });

  test('reads a line again, whole, that had no end at the stop', async () => {
    const { logFile, started } = await createLog();
    await appendFile(logFile, 'one\nhal');
    await until(() => started.events.length === 1, 'the first line came');
    const saved = await started.stop();
    expect(started.events[1]).toMatchObject({ msg: 'hal', partial: true });
    await appendFile(logFile, 'f a line\n');
    const again = start(logFile, { saved });
    await until(() => again.events.length === 1, 'the second line came');
    expect(again.events[0]).toMatchObject({ msg: 'half a line' });
    expect(again.events[0]).not.toHaveProperty('partial');
  });

  test('reads from the beginning if the same inode is another file with the same first lines', async () => {
    const { logFile, started } = await createLog();
    await appendFile(logFile, 'started\n');
    await until(() => started.events.length === 1, 'the first line came');
    const saved = await started.stop();
    await rm(logFile);
    await writeFile(logFile, 'started\n');
    const again = start(logFile, { saved });
    await until(() => again.events.length === 1, 'the line of the new file came');
    expect(again.messages()).toStrictEqual(['started']);
  });
});
