/** Every way to rotate, while the adapter runs and while it is down, with one log and with many: nothing is lost. */
import { appendFile, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { copyTruncate, rotate, type Started } from './input-harness.ts';
import { start } from './input-test-support.ts';
import { createLossLedger, NOTHING_LOST } from './loss-ledger.ts';
import type { SavedPosition } from './position.ts';
import { createWorkspace, until } from './test-support.ts';

const ROUNDS = 4;
const LINES_PER_ROUND = 300;

const WAYS = {
  rename: { act: rotate, losesUnread: false },
  copytruncate: { act: copyTruncate, losesUnread: false },
  truncate: { act: (logFile: string) => truncate(logFile), losesUnread: true },
  delete: { act: (logFile: string) => rm(logFile), losesUnread: true },
} as const;

const ways = Object.keys(WAYS) as (keyof typeof WAYS)[];

/** Logs with lines such as `3 17`: the number of the log, and that of the line. */
function createLogs(folder: string, count: number) {
  return Array.from({ length: count }, (_, log) => {
    const ledger = createLossLedger();
    const logFile = join(folder, `app-${String.fromCodePoint(97 + log)}.log`);
    return {
      logFile,
      ledger,
      async write(): Promise<void> {
        let text = '';
        for (let line = 0; line < LINES_PER_ROUND; line += 1) {
          text += `${log} ${ledger.expected}\n`;
          ledger.expectLine(ledger.expected);
        }
        await appendFile(logFile, text);
      },
    };
  });
}

type Logs = ReturnType<typeof createLogs>;

/** Tells the ledgers what came since the last call. */
function createReconciler(logs: Logs) {
  let told = 0;
  return (started: Started, { isNew = false } = {}): void => {
    if (isNew) told = 0;
    for (; told < started.events.length; told += 1) {
      const [log, line] = String(started.events[told]?.['msg']).split(' ').map(Number);
      logs[log ?? -1]?.ledger.sawLine(line ?? -1);
    }
  };
}

describe.each([1, 5])('%i log(s)', (count) => {
  describe.each(ways)('%s', (way) => {
    const { act, losesUnread } = WAYS[way];
    const pattern = (folder: string): string => join(folder, count === 1 ? 'app-a.log' : 'app-*.log');

    test('while it runs', async () => {
      const { logFolder } = await createWorkspace();
      const logs = createLogs(logFolder, count);
      const started = start(pattern(logFolder));
      const reconcile = createReconciler(logs);
      const isRead = (): Promise<void> =>
        until(() => {
          reconcile(started);
          return logs.every(({ ledger }) => ledger.seen === ledger.expected);
        }, 'everything came');
      for (let round = 0; round < ROUNDS; round += 1) {
        for (const log of logs) await log.write();
        // What is gone before it was read cannot be read; what is put aside can.
        if (losesUnread || round % 2 === 0) await isRead();
        for (const { logFile } of logs) await act(logFile);
      }
      for (const log of logs) await log.write();
      await isRead();
      const reports = logs.map(({ ledger }) => ({ ...ledger.report(), reordered: 0 }));
      expect(reports).toStrictEqual(logs.map(() => NOTHING_LOST));
    });

    test('while it is down', async () => {
      const { logFolder } = await createWorkspace();
      const logs = createLogs(logFolder, count);
      const reconcile = createReconciler(logs);
      let saved: SavedPosition[] | undefined;
      for (let round = 0; round <= ROUNDS; round += 1) {
        for (const log of logs) await log.write();
        const started = start(pattern(logFolder), saved === undefined ? {} : { saved });
        reconcile(started, { isNew: true });
        await until(() => {
          reconcile(started);
          return logs.every(({ ledger }) => ledger.seen === ledger.expected);
        }, 'everything came');
        // So that something is there that was not read when it is put aside.
        const isMore = !losesUnread && round % 2 === 0;
        saved = await started.stop();
        reconcile(started);
        if (isMore) for (const log of logs) await log.write();
        for (const { logFile } of logs) await act(logFile);
      }
      expect(logs.map(({ ledger }) => ledger.report().duplicated)).toStrictEqual(logs.map(() => 0));
    });
  });
});
