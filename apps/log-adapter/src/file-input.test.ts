/** What an input waits for, how it joins lines, and what it does when nobody takes its events. */
import { appendFile, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readConfig, rotate } from './input-harness.ts';
import { createLedger, createLog, has, start } from './input-test-support.ts';
import { createSteadyDate } from './steady-date.ts';
import { COMPLETE, compare, createWorkspace, until } from './test-support.ts';

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

test('a clock that is set back neither delays an event nor makes a later one older', async () => {
  let aheadMs = 0;
  const config = 'multiline: { start: "^== ", timeoutMs: 300 }';
  const date = createSteadyDate(() => Date.now() + aheadMs);
  const { logFile, started } = await createLog({ config, date });
  await appendFile(logFile, '== one\n');
  await until(() => started.events.length === 1, 'the first event came');
  aheadMs = -30_000;
  await appendFile(logFile, '== two\n');
  await until(() => started.events.length === 2, 'the second event came');
  // As a wrong clock is put right.
  aheadMs = -3_600_000;
  await appendFile(logFile, '== three\n');
  await until(() => started.events.length === 3, 'the third event came');
  const [first = '', second = '', third = ''] = started.events.map((event) => String(event['observed_time']));
  expect(Date.parse(second)).toBeGreaterThanOrEqual(Date.parse(first));
  expect(Date.parse(third)).toBeLessThan(Date.parse(first));
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
