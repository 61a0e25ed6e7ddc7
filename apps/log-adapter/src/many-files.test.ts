/** Many logs at once: all of them are read, none waits for another, and few of them are open. */
import { appendFile, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { start } from './input-test-support.ts';
import { createWorkspace, until } from './test-support.ts';

const has = (started: ReturnType<typeof start>, count: number): Promise<void> =>
  until(
    () => started.events.length >= count,
    () => `${started.events.length} of ${count} events`,
  );

/** In the order of their characters. */
const sorted = (values: readonly unknown[]): string[] =>
  values.map(String).toSorted((one, other) => (one < other ? -1 : 1));

async function createLogs(count: number) {
  const { logFolder } = await createWorkspace();
  const paths = Array.from({ length: count }, (_, index) => join(logFolder, `pod_${index}.log`));
  const write = async (text: string): Promise<void> => {
    for (const path of paths) await appendFile(path, `${path} ${text}\n`);
  };
  return { logFolder, pattern: join(logFolder, '*.log'), paths, write };
}

describe('a pattern', () => {
  test('finds new logs while it runs, each event names its own, and what is excluded is left out', async () => {
    const { logFolder, pattern, paths, write } = await createLogs(3);
    const started = start(pattern, { config: 'exclude: ["debug*"]' });
    await write('one');
    await appendFile(join(logFolder, 'debug.log'), 'not this\n');
    await has(started, 3);
    await writeFile(join(logFolder, 'new.log'), 'new\n');
    await has(started, 4);
    await started.stop();
    const found = started.events.map(({ log_file: file, msg }) => `${String(file)}: ${String(msg)}`);
    const expected = [...paths.map((path) => `${path}: ${path} one`), `${join(logFolder, 'new.log')}: new`];
    expect(sorted(found)).toStrictEqual(sorted(expected));
  });

  test('knows a log that is renamed to another name it matches', async () => {
    const { logFolder, pattern } = await createLogs(0);
    const started = start(pattern);
    const [before, after] = [join(logFolder, 'today.log'), join(logFolder, 'yesterday.log')];
    await appendFile(before, 'one\n');
    await has(started, 1);
    await rename(before, after);
    await appendFile(after, 'two\n');
    await appendFile(before, 'three\n');
    await has(started, 3);
    const saved = await started.stop();
    await rename(after, join(logFolder, 'long-ago.log'));
    await appendFile(before, 'four\n');
    const again = start(pattern, { saved });
    await has(again, 1);
    await again.stop();
    expect(sorted([...started.messages(), ...again.messages()])).toStrictEqual(['four', 'one', 'three', 'two']);
  });

  test('finds folders, too', async () => {
    const { logFolder } = await createWorkspace();
    const started = start(join(logFolder, '*', 'app.log'));
    for (const name of ['one', 'two']) {
      await mkdir(join(logFolder, name));
      await writeFile(join(logFolder, name, 'app.log'), `${name}\n`);
    }
    await has(started, 2);
    expect(sorted(started.messages())).toStrictEqual(['one', 'two']);
  });
});

test('a log in UTF-16 is read, skipped and resumed at the right byte', async () => {
  const { logFolder } = await createLogs(0);
  const path = join(logFolder, 'wide.log');
  const write = (text: string): Promise<void> => appendFile(path, text, 'utf-16le');
  const config = 'encoding: utf-16le, startAt: end';
  await write('\uFEFFold \u0a0a\nbegun ');
  const started = start(path, { config });
  await until(() => started.input.state === 'ok', 'it has looked');
  await write('before\n\u010a two 😀\r\n');
  await has(started, 2);
  const saved = await started.stop();
  await write('three\n');
  const again = start(path, { config, saved });
  await has(again, 1);
  expect([...started.messages(), ...again.messages()]).toStrictEqual(['begun before', '\u010a two 😀', 'three']);
});

describe('startAt end', () => {
  test('skips what was there at the first start, and nothing after it', async () => {
    const { pattern, paths, logFolder, write } = await createLogs(2);
    await write('old');
    await appendFile(paths[0] ?? '', 'begun before, ');
    const started = start(pattern, { config: 'startAt: end' });
    await until(() => started.input.state === 'ok', 'it has looked');
    await appendFile(paths[0] ?? '', 'ended after\n');
    await writeFile(join(logFolder, 'new.log'), 'new\n');
    await has(started, 2);
    const saved = await started.stop();
    await write('while it was down');
    const again = start(pattern, { config: 'startAt: end', saved });
    await has(again, 2);
    expect(sorted(started.messages())).toStrictEqual(['begun before, ended after', 'new']);
    expect(sorted(again.messages())).toStrictEqual(paths.map((path) => `${path} while it was down`));
  });
});

describe('more logs than may be open', () => {
  test('are read all the same, and go on after a restart', async () => {
    const { pattern, paths, write } = await createLogs(40);
    await write('one');
    const options = { maxOpenFiles: 5 };
    const started = start(pattern, options);
    await has(started, 40);
    let most = 0;
    for (let round = 0; round < 3; round += 1) {
      await write(`round ${round}`);
      await until(() => {
        most = Math.max(most, started.input.openFiles);
        return started.events.length >= 40 * (round + 2);
      }, 'the round came');
    }
    expect(most).toBeLessThanOrEqual(6);
    const saved = await started.stop();
    expect(started.events).toHaveLength(160);
    await write('after');
    const again = start(pattern, { ...options, saved });
    await has(again, 40);
    await again.stop();
    expect(sorted(again.messages())).toStrictEqual(sorted(paths.map((path) => `${path} after`)));
  });

  test('are forgotten when they are deleted', async () => {
    const { pattern, paths, write } = await createLogs(10);
    await write('one');
    const started = start(pattern, { maxOpenFiles: 3 });
    await has(started, 10);
    for (const path of paths) await rm(path);
    await until(() => started.input.positions.length === 0, 'they are forgotten');
    expect(started.input.openFiles).toBe(0);
  });
});

test('a log with very much to read does not hold up the others', async () => {
  const { pattern, logFolder } = await createLogs(0);
  const large = `${'x'.repeat(999)}\n`;
  await writeFile(join(logFolder, 'a-large.log'), large.repeat(20_000));
  await writeFile(join(logFolder, 'small.log'), 'small\n');
  const started = start(pattern);
  await until(() => started.messages().includes('small'), 'the small one came');
  expect(started.events.length).toBeLessThan(10_000);
  await has(started, 20_001);
});

test('10,000 logs in one folder', { timeout: 120_000 }, async () => {
  const { logFolder } = await createWorkspace();
  const paths = Array.from({ length: 10_000 }, (_, index) => join(logFolder, `pod_${index}.log`));
  for (const path of paths) await writeFile(path, `${path}\n`);
  const started = start(join(logFolder, '*.log'));
  await has(started, 10_000);
  const some = paths.filter((_, index) => index % 1_000 === 0);
  for (const path of some) await appendFile(path, 'more\n');
  await has(started, 10_010);
  expect(started.input.openFiles).toBeLessThanOrEqual(101);
  await started.stop();
  expect(new Set(started.messages()).size).toBe(10_001);
});
