/** Logs that are streams: what goes in comes out, the writer waits for the reader, and the end is an end. */
import { execFileSync } from 'node:child_process';
import { open, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createLossLedger, NOTHING_LOST, type LossLedger } from './loss-ledger.ts';
import { AdapterProcess, createWorkspace, until } from './test-support.ts';

function numbered(ledger: LossLedger, from: number, count: number): string {
  const lines = Array.from({ length: count }, (_, index) => from + index);
  for (const number of lines) ledger.expectLine(number);
  return lines.map((number) => `line ${number}\n`).join('');
}

function report(ledger: LossLedger, messages: readonly string[]) {
  for (const message of messages) ledger.sawLine(Number(message.slice('line '.length)));
  return ledger.report();
}

describe('stdin', () => {
  test('at its end everything is written, the last line without an end included, and the exit code is 0', async () => {
    const workspace = await createWorkspace({ stdin: true });
    const adapter = new AdapterProcess(workspace.configFile, { stdin: 'pipe' });
    const ledger = createLossLedger();
    adapter.child.stdin?.end(`${numbered(ledger, 0, 20_000)}line 20000`);
    ledger.expectLine(20_000);
    expect(await adapter.exited()).toBe(0);
    expect(report(ledger, adapter.messages)).toStrictEqual(NOTHING_LOST);
    expect(adapter.events.at(-1)).toMatchObject({ msg: 'line 20000', partial: true, log_file: 'stdin' });
  });

  test('is joined to events, and the last one does not wait for the next', async () => {
    const workspace = await createWorkspace({ stdin: true, multiline: { continue: '^\\s', timeoutMs: 100 } });
    const adapter = new AdapterProcess(workspace.configFile, { stdin: 'pipe' });
    adapter.child.stdin?.write('one\n  at a\n  at b\ntwo\n  at c\n');
    await adapter.hasEvents(2);
    expect(adapter.messages).toStrictEqual(['one\n  at a\n  at b', 'two\n  at c']);
    adapter.child.stdin?.end('three\n');
    expect(await adapter.exited()).toBe(0);
    expect(adapter.messages[2]).toBe('three');
  });

  test('is not read while nobody reads the output: the writer has to wait', async () => {
    const workspace = await createWorkspace({ stdin: true });
    const adapter = new AdapterProcess(workspace.configFile, { stdin: 'pipe', isPaused: true });
    const { stdin } = adapter.child;
    const ledger = createLossLedger();
    for (let piece = 0; piece < 400; piece += 1) stdin?.write(numbered(ledger, piece * 1_000, 1_000));
    stdin?.end();
    const begun = stdin?.writableLength ?? 0;
    let [waiting, times] = [begun, 0];
    await until(() => {
      const now = stdin?.writableLength ?? 0;
      times = now < begun && now === waiting ? times + 1 : 0;
      waiting = now;
      return times === 20;
    }, 'it has stopped to take more');
    expect(waiting).toBeGreaterThan(begun / 2);
    adapter.resume();
    expect(await adapter.exited()).toBe(0);
    expect(report(ledger, adapter.messages)).toStrictEqual(NOTHING_LOST);
  });

  test('on SIGTERM, what is in it is written before the end', async () => {
    const workspace = await createWorkspace({ stdin: true });
    const adapter = await new AdapterProcess(workspace.configFile, { stdin: 'pipe' }).started();
    const ledger = createLossLedger();
    adapter.child.stdin?.write(numbered(ledger, 0, 1_000));
    await adapter.hasEvents(1);
    expect(await adapter.end()).toBe(0);
    expect(report(ledger, adapter.messages)).toStrictEqual(NOTHING_LOST);
  });
});

describe('a FIFO', () => {
  test('is waited for, and read from one writer after the other', async () => {
    const workspace = await createWorkspace();
    const fifo = join(workspace.logFolder, 'pipe');
    await writeFile(
      workspace.configFile,
      JSON.stringify({ inputs: [{ fifo, service: 'app' }], stateDir: workspace.stateDir, ops: { port: 0 } }),
    );
    const adapter = await new AdapterProcess(workspace.configFile).started();
    await until(async () => (await adapter.get('/readyz')).status === 503, 'it misses the FIFO');
    execFileSync('mkfifo', [fifo]);
    await until(async () => (await adapter.get('/readyz')).status === 200, 'it has the FIFO');
    const ledger = createLossLedger();
    for (let writer = 0; writer < 20; writer += 1) {
      const handle = await open(fifo, 'w');
      await handle.write(numbered(ledger, writer * 100, 100));
      await handle.close();
    }
    await adapter.hasEvents(2_000);
    const last = await open(fifo, 'w');
    await last.write('line 2000');
    await last.close();
    ledger.expectLine(2_000);
    await adapter.hasEvents(2_001);
    expect(report(ledger, adapter.messages)).toStrictEqual(NOTHING_LOST);
    expect(adapter.events.at(-1)).toMatchObject({ partial: true });
    expect(await adapter.end()).toBe(0);
  });

  test('that is a file is told', async () => {
    const workspace = await createWorkspace();
    await writeFile(workspace.logFile, 'one\n');
    const config = {
      inputs: [{ fifo: workspace.logFile, service: 'app' }],
      stateDir: workspace.stateDir,
      ops: { port: 0 },
    };
    await writeFile(workspace.configFile, JSON.stringify(config));
    const adapter = await new AdapterProcess(workspace.configFile).started();
    await until(async () => (await adapter.get('/readyz')).body.includes('is not a FIFO'), 'it says so');
    await rm(workspace.logFile);
    expect(await adapter.end()).toBe(0);
    expect(adapter.events).toStrictEqual([]);
  });
});
