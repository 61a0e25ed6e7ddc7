import { mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openEventLog } from './event-log.ts';

async function createLog({ logRotateBytes = 65_536, logKeep = 3 } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'legacy-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const settings = { logFile: join(folder, 'legacy.log'), logRotateBytes, logKeep };
  const troubles: Error[] = [];
  const log = await openEventLog({ settings, now: () => new Date(0), onTrouble: (error) => troubles.push(error) });
  onTestFinished(() => log.close().catch(() => undefined));
  const note = (message: string) => log.write({ severity: 'NOTE', source: 'test', message });
  return { folder, settings, log, note, troubles };
}

const messagesOf = async (file: string) =>
  (await readFile(file, 'utf8')).split('\n').filter((line) => line !== '' && !line.startsWith('== '));

describe('the log file', () => {
  test('has the events in the order they came, without waiting for each', async () => {
    const { settings, note } = await createLog();
    const messages = Array.from({ length: 200 }, (_, index) => `event ${index}`);
    await Promise.all(messages.map((message) => note(message)));
    expect(await messagesOf(settings.logFile)).toStrictEqual(messages);
  });

  test('can be read by the group whatever the umask, and by nobody else', async () => {
    const before = process.umask(0o077);
    onTestFinished(() => void process.umask(before));
    const { settings } = await createLog();
    expect((await stat(settings.logFile)).mode & 0o777).toBe(0o640);
  });

  test('is appended to when the program starts again', async () => {
    const { settings, log, note } = await createLog();
    await note('first run');
    await log.close();
    const again = await openEventLog({ settings, now: () => new Date(0), onTrouble: () => undefined });
    await again.write({ severity: 'NOTE', source: 'test', message: 'second run' });
    await again.close();
    expect(await messagesOf(settings.logFile)).toStrictEqual(['first run', 'second run']);
  });

  test('cannot be opened in a folder that is not there', async () => {
    const settings = { logFile: '/nowhere/at/all/legacy.log', logRotateBytes: 1_024, logKeep: 3 };
    const opening = openEventLog({ settings, now: () => new Date(0), onTrouble: () => undefined });
    await expect(opening).rejects.toThrow(
      'cannot open the log file /nowhere/at/all/legacy.log: the folder /nowhere/at/all does not exist',
    );
  });
});

describe('rotation', () => {
  test('keeps as many files as told, none larger than told, no event split or lost among them', async () => {
    const { folder, settings, note } = await createLog({ logRotateBytes: 1_024, logKeep: 3 });
    const messages = Array.from({ length: 60 }, (_, index) => `event ${index}`);
    await Promise.all(messages.map((message) => note(message)));

    expect((await readdir(folder)).sort()).toStrictEqual(
      ['legacy.log', 'legacy.log.1', 'legacy.log.2', 'legacy.log.3'].sort(),
    );
    const found: string[] = [];
    for (const name of ['legacy.log.3', 'legacy.log.2', 'legacy.log.1', 'legacy.log']) {
      const file = join(folder, name);
      expect((await stat(file)).size).toBeLessThanOrEqual(1_024);
      expect((await readFile(file, 'utf8')).startsWith('== ')).toBe(true);
      found.push(...(await messagesOf(file)));
    }
    expect(found).toStrictEqual(messages.slice(-found.length));
    expect(found.length).toBeGreaterThan(40);
    expect(await messagesOf(settings.logFile)).toContain('event 59');
  });

  test('gives an event that is larger than a file a file of its own', async () => {
    const { settings, note } = await createLog({ logRotateBytes: 1_024 });
    await note('small');
    await note('x'.repeat(3_000));
    await note('small again');
    expect(await messagesOf(`${settings.logFile}.2`)).toStrictEqual(['small']);
    expect(await messagesOf(`${settings.logFile}.1`)).toStrictEqual(['x'.repeat(3_000)]);
    expect(await messagesOf(settings.logFile)).toStrictEqual(['small again']);
  });
});

describe('trouble', () => {
  test('is told once, loses events but not the program, and is noted in the log afterwards', async () => {
    const { folder, settings, note, troubles } = await createLog({ logRotateBytes: 1_024 });
    await note('x'.repeat(1_000));
    await rm(folder, { recursive: true });
    await note('lost');
    await note('lost as well');
    expect(troubles).toHaveLength(1);
    await mkdir(dirname(settings.logFile));
    await note('found');
    expect(await messagesOf(settings.logFile)).toStrictEqual([
      '2 events were lost because the log could not be written',
      'found',
    ]);
  });

  test('with a new file keeps the old one', async () => {
    const { settings, log, note } = await createLog();
    const wrong = { ...settings, logFile: '/nowhere/legacy.log' };
    await expect(log.reconfigure(wrong)).rejects.toThrow('/nowhere/legacy.log');
    await note('still here');
    expect(await messagesOf(settings.logFile)).toStrictEqual(['still here']);
  });
});

test('other settings hold from the next event on', async () => {
  const { settings, log, note } = await createLog();
  await note('first');
  const next = { ...settings, logFile: `${settings.logFile}-other` };
  await log.reconfigure(next);
  await note('second');
  expect(await messagesOf(settings.logFile)).toStrictEqual(['first']);
  expect(await messagesOf(next.logFile)).toStrictEqual(['second']);
});
