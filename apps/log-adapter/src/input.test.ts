/** Real files, and every way in which they are rotated: what goes in comes out, once and in order. */
import { appendFile, mkdir, open, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Writable } from 'node:stream';
import { parseConfig } from '@pod-patterns/runtime/config-file.ts';
import { createLogger } from '@pod-patterns/runtime/logger.ts';
import { Registry } from 'prom-client';
import { describe, expect, onTestFinished, test } from 'vitest';
import { AdapterConfigSchema, type InputConfig } from './config.ts';
import { createEventWriter } from './event-writer.ts';
import { Input } from './input.ts';
import { createMetrics } from './metrics.ts';
import type { SavedPosition } from './position.ts';
import { createSink } from './sink.ts';
import { COMPLETE, compare, createWorkspace, until, type OutputLine } from './test-support.ts';

interface Started {
  readonly input: Input;
  readonly events: OutputLine[];
  readonly messages: () => unknown[];
  readonly metric: (name: string) => Promise<number>;
  /** Ends it and gives its positions, as a checkpoint would. */
  readonly stop: () => Promise<SavedPosition[]>;
}

interface StartOptions {
  readonly saved?: readonly SavedPosition[];
  /** More of the configuration of the log, in YAML. */
  readonly config?: string;
  /** While this is false, nothing is taken. */
  readonly takes?: () => boolean;
}

const readConfig = (path: string, more = ''): InputConfig => {
  const text = `inputs: [{ path: ${path}, service: app, ${more} }]`;
  const [config] = parseConfig('config', text, AdapterConfigSchema).inputs;
  if (config === undefined) throw new Error('no input');
  return config;
};

function start(path: string, { saved = [], config = '', takes = () => true }: StartOptions = {}): Started {
  const events: OutputLine[] = [];
  const stream = new Writable({
    decodeStrings: false,
    write(text: string, _encoding, callback) {
      const take = (): void => {
        if (!takes()) {
          setTimeout(take, 5);
          return;
        }
        for (const line of text.split('\n')) if (line !== '') events.push(JSON.parse(line) as OutputLine);
        callback();
      };
      take();
    },
  });
  const sink = createSink(stream, () => undefined);
  const registry = new Registry();
  const nothing = (): ReadonlyMap<string, number> => new Map();
  const input = new Input({
    config: readConfig(path, config),
    saved,
    sink,
    writeEvent: createEventWriter(sink),
    metrics: createMetrics(registry, { lagBytes: nothing, openFiles: nothing }),
    log: createLogger({ service: 'test', destination: { write: () => undefined } }),
    now: Date.now,
    onProgress: () => undefined,
    rotateWaitMs: 300,
  });
  const stop = async (): Promise<SavedPosition[]> => {
    await input.stop();
    await sink.flush(5_000);
    return JSON.parse(JSON.stringify(input.positions)) as SavedPosition[];
  };
  onTestFinished(() => input.stop());
  return {
    input,
    events,
    messages: () => events.map(({ msg }) => msg),
    async metric(name) {
      const metrics = await registry.getMetricsAsJSON();
      const values = metrics.find((metric) => metric.name === `log_adapter_${name}`)?.values ?? [];
      return values.reduce((sum, { value }) => sum + value, 0);
    },
    stop,
  };
}

/** Writes numbered lines; the ledger of what has to come out. */
function createLedger(path: string) {
  let next = 0;
  const written: string[] = [];
  const take = (count: number): string => {
    const lines = Array.from({ length: count }, () => `line ${(next += 1)}`);
    written.push(...lines);
    return `${lines.join('\n')}\n`;
  };
  return { written, take, write: (count: number) => appendFile(path, take(count)) };
}

const has = (started: Started, ledger: { readonly written: readonly string[] }): Promise<void> =>
  until(
    () => started.events.length >= ledger.written.length,
    () => `${started.events.length} of ${ledger.written.length} events`,
  );

async function createLog(options?: StartOptions) {
  const { logFile } = await createWorkspace();
  const ledger = createLedger(logFile);
  return { logFile, ledger, started: start(logFile, options) };
}

async function rotate(logFile: string, keep = 3): Promise<void> {
  for (let number = keep; number >= 0; number -= 1) {
    const from = number === 0 ? logFile : `${logFile}.${number}`;
    if (number === keep) await rm(from, { force: true });
    else await rename(from, `${logFile}.${number + 1}`).catch(() => undefined);
  }
  await writeFile(logFile, '');
}

async function copyTruncate(logFile: string): Promise<void> {
  await rm(`${logFile}.2`, { force: true });
  await rename(`${logFile}.1`, `${logFile}.2`).catch(() => undefined);
  await writeFile(`${logFile}.1`, await readFile(logFile));
  await truncate(logFile);
}

describe('a log', () => {
  test('that is not there yet is waited for, its folder as well', async () => {
    const { logFile, ledger, started } = await createLog();
    await rm(dirname(logFile), { recursive: true });
    await until(() => started.input.state.includes('ENOENT'), 'the folder is missed');
    await mkdir(dirname(logFile));
    await until(() => started.input.state === 'ok', 'the folder is seen');
    expect(started.input.isWaiting).toBe(true);
    await ledger.write(3);
    await has(started, ledger);
    expect(started.input.isWaiting).toBe(false);
    expect(compare(started.messages(), ledger.written)).toStrictEqual(COMPLETE);
  });

  test('that is there is read from its beginning, after the files that were put aside before', async () => {
    const { logFile } = await createWorkspace();
    const ledger = createLedger(logFile);
    await ledger.write(10);
    await rotate(logFile);
    await ledger.write(10);
    await rotate(logFile);
    await ledger.write(10);
    const started = start(logFile);
    await has(started, ledger);
    expect(compare(started.messages(), ledger.written)).toStrictEqual(COMPLETE);
    expect(await started.metric('rotations_total')).toBe(0);
  });

  test('that is a symbolic link is followed to its new target', async () => {
    const { logFile, ledger, started } = await createLog();
    await symlink('app-1', logFile);
    await ledger.write(3);
    await has(started, ledger);
    await symlink('app-2', `${logFile}.link`);
    await rename(`${logFile}.link`, logFile);
    await ledger.write(3);
    await has(started, ledger);
    expect(compare(started.messages(), ledger.written)).toStrictEqual(COMPLETE);
  });

  test('that is a folder, or whose folder cannot be read, is told and does not hold up anything', async () => {
    const { logFile, started } = await createLog();
    await mkdir(logFile);
    await until(() => started.input.state === 'ok', 'it was looked at');
    expect(started.input.isWaiting).toBe(true);
  });
});

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

describe('events of several lines', () => {
  const config = 'multiline: { start: "^== ", timeoutMs: 300 }';

  test('stay together over reads, files and pauses', async () => {
    const { logFile, started } = await createLog({ config });
    await appendFile(logFile, '== one\n  a');
    await until(() => started.events.length === 1, 'the line that is complete came after a while');
    await appendFile(logFile, 'bc\n  d\n== two\n  a\n');
    await rename(logFile, `${logFile}.1`);
    await writeFile(logFile, '== three\n');
    await until(() => started.events.length === 4, 'everything came');
    expect(started.messages()).toStrictEqual(['== one', '  abc\n  d', '== two\n  a', '== three']);
  });

  test('are complete without a pause when the next file has begun', async () => {
    const { logFile, started } = await createLog({ config: 'multiline: { start: "^== ", timeoutMs: 60000 }' });
    await appendFile(logFile, '== one\n  a\n');
    await rename(logFile, `${logFile}.1`);
    await writeFile(logFile, '== two\n');
    await until(() => started.events.length === 1, 'the event of the old file came');
    await started.stop();
    expect(started.messages()).toStrictEqual(['== one\n  a', '== two']);
  });

  test('go on under another configuration', async () => {
    const { logFile, started } = await createLog({ config: 'multiline: { start: "^== ", timeoutMs: 60000 }' });
    await appendFile(logFile, '== one\n  a\n');
    await until(async () => (await started.metric('lines_total')) === 2, 'the lines were read');
    started.input.reconfigure(readConfig(logFile, 'multiline: { start: "^-- ", timeoutMs: 60000 }'));
    await appendFile(logFile, '== no beginning any more\n-- two\n');
    await until(() => started.events.length === 1, 'the first event came');
    expect(started.messages()).toStrictEqual(['== one\n  a\n== no beginning any more']);
  });
});

describe('an output that takes nothing', () => {
  test('stops the reading, but loses no file that is deleted meanwhile', async () => {
    let isOpen = false;
    const { logFile, ledger, started } = await createLog({ takes: () => isOpen });
    const large = `${'x'.repeat(1_000)}\n`.repeat(500);
    for (let round = 0; round < 10; round += 1) {
      await appendFile(logFile, large);
      await ledger.write(10);
      await until(() => started.input.openFiles === round + 1, 'the file is held');
      if (round < 9) await rotate(logFile, 1);
    }
    const readBytes = await started.metric('bytes_total');
    expect(readBytes).toBeLessThan(200_000);
    expect(started.input.lagBytes).toBeGreaterThan(4_000_000);
    expect(started.events).toHaveLength(0);
    isOpen = true;
    const lines = (): unknown[] => started.messages().filter((msg) => String(msg).startsWith('line'));
    await until(() => lines().length >= ledger.written.length, 'everything came');
    expect(compare(lines(), ledger.written)).toStrictEqual(COMPLETE);
    expect(started.events).toHaveLength(10 * 500 + ledger.written.length);
  });

  test('does not hold up the stop, and what it did not take is not committed', async () => {
    let isOpen = false;
    const { ledger, started } = await createLog({ takes: () => isOpen });
    await ledger.write(10);
    await until(async () => (await started.metric('lines_total')) === 10, 'the lines were read');
    await started.input.stop();
    expect(started.input.positions).toMatchObject([{ offset: 0 }]);
    isOpen = true;
    await until(() => started.input.positions[0]?.offset !== 0, 'it was taken after all');
  });
});
