/** The program as it runs in the container: its command line, its output, its end. */
import { appendFile, chmod, mkdir, open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { AdapterProcess, createWorkspace, runAdapter, until, writeConfig, type Workspace } from './test-support.ts';

// Some of these start two processes and read many lines.
vi.setConfig({ testTimeout: 60_000 });

/** Without a look at its output: the first events are in the pipe, and that is saved. */
async function hasBegun({ stateDir }: Workspace): Promise<void> {
  const isSaved = (): Promise<boolean> =>
    stat(join(stateDir, 'positions.json')).then(
      () => true,
      () => false,
    );
  await until(isSaved, 'there is a checkpoint');
}

describe('the command line', () => {
  test('--help prints the options', async () => {
    const { code, stdout } = await runAdapter('--help');
    expect(code).toBe(0);
    expect(stdout).toContain('--config FILE');
  });

  test('an unknown option is a fault', async () => {
    const { code, stdout, stderr } = await runAdapter('--verbose');
    expect([code, stdout]).toStrictEqual([2, '']);
    expect(stderr).toContain("Unknown option '--verbose'");
  });
});

describe('the start fails with a line that says why', () => {
  const lastLine = async (configFile: string): Promise<unknown> => {
    const { code, stdout } = await runAdapter('--config', configFile);
    expect(code).toBe(1);
    return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');
  };

  test('if the configuration is not there', async () => {
    expect(await lastLine('/nowhere/log-adapter.yaml')).toMatchObject({ level: 'fatal', code: 'CONFIG_UNREADABLE' });
  });

  test('if the configuration is not valid', async () => {
    const workspace = await createWorkspace({ multiline: { start: '(?=a)' } });
    expect(await lastLine(workspace.configFile)).toMatchObject({
      level: 'fatal',
      code: 'CONFIG_INVALID',
      msg: expect.stringContaining('cannot be run in linear time'),
    });
  });

  test('if the checkpoint cannot be written', async () => {
    const workspace = await createWorkspace();
    await writeFile(workspace.stateDir, 'in the way');
    expect(await lastLine(workspace.configFile)).toMatchObject({ level: 'fatal', code: 'STATE_DIR_UNWRITABLE' });
  });
});

describe('running', () => {
  test('it is ready without a log, and says what it waits for', async () => {
    const workspace = await createWorkspace();
    const adapter = await new AdapterProcess(workspace.configFile).started();
    await until(async () => (await adapter.get('/readyz')).status === 200, 'it is ready');
    expect((await adapter.get('/readyz?verbose')).body).toContain(`${workspace.logFile}: waiting for the file`);
    expect((await adapter.get('/livez')).status).toBe(200);
    await rm(workspace.logFolder, { recursive: true });
    await until(async () => (await adapter.get('/readyz')).status === 503, 'it misses the folder');
    expect((await adapter.get('/readyz')).body).toContain('ENOENT');
  });

  test('it counts what it does', async () => {
    const workspace = await createWorkspace({ parser: { type: 'json' } });
    const adapter = await new AdapterProcess(workspace.configFile).started();
    const good = '{"time":"2026-11-23T22:34:28Z","level":"error","msg":"hello"}\n';
    await appendFile(workspace.logFile, `${good}${good}not JSON\n`);
    await adapter.hasEvents(3);
    expect(adapter.events.map(({ level, msg, parse_error: reason }) => [level, msg, reason])).toStrictEqual([
      ['error', 'hello', undefined],
      ['error', 'hello', undefined],
      ['warn', 'not JSON', 'not_json'],
    ]);
    await until(async () => (await adapter.metric('log_adapter_lag_bytes')) === 0, 'everything is on stdout');
    await until(async () => (await adapter.metric('log_adapter_checkpoint_timestamp_seconds')) > 0, 'it is saved');
    const { body } = await adapter.get('/metrics');
    const input = `input="${workspace.logFile}"`;
    for (const line of [
      `log_adapter_lines_total{${input}} 3`,
      `log_adapter_bytes_total{${input}} ${good.length * 2 + 9}`,
      `log_adapter_events_total{${input},level="error"} 2`,
      `log_adapter_events_total{${input},level="warn"} 1`,
      `log_adapter_parse_failures_total{${input},reason="not_json"} 1`,
      `log_adapter_events_dropped_total{${input}} 0`,
      'log_adapter_config_last_reload_successful 1',
    ]) {
      expect(body.split('\n')).toContain(line);
    }
  });

  test('it uses a changed configuration, and keeps the one before if the new one is not valid', async () => {
    const workspace = await createWorkspace();
    const adapter = await new AdapterProcess(workspace.configFile).started();
    await appendFile(workspace.logFile, 'one\n');
    await adapter.hasEvents(1);
    await writeConfig(workspace, { service: 'renamed' });
    await until(() => adapter.said('using the new configuration') !== undefined, 'it has read the file again');
    await appendFile(workspace.logFile, 'two\n');
    await adapter.hasEvents(2);
    await writeConfig(workspace, { colour: 'red' });
    await until(async () => (await adapter.metric('log_adapter_config_last_reload_successful')) === 0, 'it complains');
    await appendFile(workspace.logFile, 'three\n');
    await adapter.hasEvents(3);
    expect(adapter.events.map(({ service, msg }) => [service, msg])).toStrictEqual([
      ['app', 'one'],
      ['renamed', 'two'],
      ['renamed', 'three'],
    ]);
    const { status, body } = await adapter.get('/readyz?verbose');
    expect([status, body]).toStrictEqual([200, expect.stringContaining('the one before is in use')]);
    expect(adapter.diagnostics.at(-1)).toMatchObject({ level: 'error', code: 'CONFIG_INVALID' });
  });

  test('it follows a log that is added, and goes on with one that was taken away and comes back', async () => {
    const workspace = await createWorkspace();
    const other = join(workspace.logFolder, 'other.log');
    const adapter = await new AdapterProcess(workspace.configFile).started();
    await appendFile(workspace.logFile, 'one\n');
    await adapter.hasEvents(1);
    await writeConfig(workspace, { path: other });
    await appendFile(other, 'from the other\n');
    await adapter.hasEvents(2);
    await appendFile(workspace.logFile, 'two\n');
    await writeConfig(workspace, {});
    await adapter.hasEvents(3);
    expect(adapter.messages).toStrictEqual(['one', 'from the other', 'two']);
  });

  test('it waits for a log that it may not read, if it is not root', async () => {
    const workspace = await createWorkspace();
    await appendFile(workspace.logFile, 'one\n');
    await chmod(workspace.logFile, 0o000);
    const adapter = await new AdapterProcess(workspace.configFile).started();
    const isRoot = process.getuid?.() === 0;
    await until(async () => isRoot || (await adapter.get('/readyz')).body.includes('EACCES'), 'it complains');
    await chmod(workspace.logFile, 0o644);
    await adapter.hasEvents(1);
    await until(async () => (await adapter.get('/readyz')).status === 200, 'it is ready');
    expect(adapter.messages).toStrictEqual(['one']);
  });
});

describe('the end', () => {
  test('on SIGTERM it writes what is there, saves how far it came, and exits with 0', async () => {
    const workspace = await createWorkspace({ multiline: { start: '^line', timeoutMs: 60_000 } });
    const adapter = await new AdapterProcess(workspace.configFile).started();
    const lines = Array.from({ length: 20_000 }, (_, index) => `line ${index}`);
    await appendFile(workspace.logFile, `${lines.join('\n')}\nno end`);
    expect(await adapter.end()).toBe(0);
    expect(adapter.messages).toStrictEqual([...lines.slice(0, -1), `${lines.at(-1)}\nno end`]);
    expect(adapter.events.at(-1)).toMatchObject({ partial: true });
    expect(adapter.diagnostics.at(-1)).toMatchObject({ msg: 'shut down' });

    const again = await new AdapterProcess(workspace.configFile).started();
    await appendFile(workspace.logFile, ' after all\nline of the next event\n');
    expect(await again.end()).toBe(0);
    expect(again.messages).toStrictEqual([`${lines.at(-1)}\nno end after all`, 'line of the next event']);
  });

  test('comes in time although nobody reads its output, and nothing is lost by that', async () => {
    const workspace = await createWorkspace();
    const lines = Array.from({ length: 50_000 }, (_, index) => `line ${index}`);
    await writeFile(workspace.logFile, `${lines.join('\n')}\n`);
    const adapter = new AdapterProcess(workspace.configFile, { isPaused: true });
    await hasBegun(workspace);
    const startedMs = performance.now();
    adapter.child.kill('SIGTERM');
    await until(() => adapter.child.exitCode !== null, 'it has ended');
    expect(performance.now() - startedMs).toBeLessThan(10_000);
    adapter.resume();
    expect(await adapter.exited()).toBe(0);
    const again = await new AdapterProcess(workspace.configFile).started();
    await until(() => new Set([...adapter.messages, ...again.messages]).size === lines.length, 'everything came');
  });

  test('comes with 1 when stdout is gone, and the next run writes what was not taken', async () => {
    const workspace = await createWorkspace();
    const adapter = await new AdapterProcess(workspace.configFile).started();
    await appendFile(workspace.logFile, 'one\n');
    await adapter.hasEvents(1);
    adapter.child.stdout?.destroy();
    await appendFile(workspace.logFile, 'two\n');
    await until(() => adapter.child.exitCode !== null, 'it has ended');
    expect(adapter.child.exitCode).toBe(1);
    const again = await new AdapterProcess(workspace.configFile).started();
    await until(() => again.messages.includes('two'), 'the second line came');
  });

  test('a checkpoint that is broken is warned about, and everything is read again', async () => {
    const workspace = await createWorkspace();
    await mkdir(workspace.stateDir);
    await writeFile(join(workspace.stateDir, 'positions.json'), '\0\0\0\0');
    await writeFile(workspace.logFile, 'one\ntwo\n');
    const adapter = await new AdapterProcess(workspace.configFile).started();
    await adapter.hasEvents(2);
    expect(adapter.diagnostics[0]).toMatchObject({ level: 'warn', msg: expect.stringContaining('checkpoint') });
  });
});

describe('memory', () => {
  const peakMiB = async (adapter: AdapterProcess): Promise<number> => {
    const status = await readFile(`/proc/${adapter.child.pid}/status`, 'utf8');
    return Number(/VmHWM:\s+(?<kib>\d+)/.exec(status)?.groups?.['kib']) / 1_024;
  };

  test('stays small whatever is in the log: a line of 64 MiB, a hole, and bytes that are no text', async () => {
    const workspace = await createWorkspace();
    const adapter = await new AdapterProcess(workspace.configFile).started();
    await appendFile(workspace.logFile, 'one\n');
    await adapter.hasEvents(1);
    const before = await peakMiB(adapter);
    const piece = '€'.repeat(1_048_576 / 4);
    for (let pieces = 0; pieces < 85; pieces += 1) await appendFile(workspace.logFile, piece);
    await appendFile(workspace.logFile, Buffer.from('\nbytes \u0000 \n'));
    const file = await open(workspace.logFile, 'r+');
    const { size } = await file.stat();
    await file.write('after the hole\n', size + 10_000_000);
    await file.close();
    await appendFile(workspace.logFile, Buffer.from([0xc3, 0x28, 0xff, 0x0a]));
    await adapter.hasEvents(5);
    expect(adapter.events.map(({ msg, truncated }) => [String(msg).length, truncated])).toStrictEqual([
      [3, undefined],
      [Math.floor(65_536 / 3), true],
      [7, undefined],
      [14, undefined],
      [3, undefined],
    ]);
    expect(adapter.messages.slice(2)).toStrictEqual(['bytes \u0000', 'after the hole', '\uFFFD(\uFFFD']);
    expect((await peakMiB(adapter)) - before).toBeLessThan(40);
    expect(await peakMiB(adapter)).toBeLessThan(128);
  });

  test('stays small while nobody reads the output of 24 MB', async () => {
    const workspace = await createWorkspace();
    const adapter = new AdapterProcess(workspace.configFile, { isPaused: true });
    const text = `${'x'.repeat(399)}\n`.repeat(10_000);
    for (let times = 0; times < 6; times += 1) await appendFile(workspace.logFile, text);
    await hasBegun(workspace);
    const before = await peakMiB(adapter);
    for (let times = 0; times < 6; times += 1) await appendFile(workspace.logFile, text);
    expect((await peakMiB(adapter)) - before).toBeLessThan(10);
    adapter.resume();
    await adapter.hasEvents(120_000);
    expect(await adapter.metric('log_adapter_events_dropped_total')).toBe(0);
    expect((await peakMiB(adapter)) - before).toBeLessThan(60);
    expect(await peakMiB(adapter)).toBeLessThan(128);
  });
});
