import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { findProcesses, readStartTime } from './find-process.ts';
import { signalProcess } from './signal-process.ts';
import { startNamedProgram } from './test-support/named-program.ts';

// Unlike any other program on the machine, and one that is cut off by the kernel, which keeps 15 characters.
const NAME = `gs-${process.pid}`;
const LONG_NAME = `gs-long-name-of-${process.pid}`;
const abort = new AbortController().signal;

function options(name: string, signal: NodeJS.Signals = 'SIGHUP', patienceMs = 200) {
  return { name, signal, sender: 'git-sync', ownPid: process.pid, patienceMs, abort };
}

describe.runIf(process.platform === 'linux')('on Linux', () => {
  test.each([NAME, LONG_NAME])('the master of %s gets the signal, once, and its worker does not', async (name) => {
    await using program = await startNamedProgram(name);
    expect(await signalProcess(options(name))).toEqual({ pid: program.pid, otherPids: [] });
    await expect.poll(() => program.received()).toEqual(['master']);
    expect(await findProcesses(name, process.pid)).toEqual([
      { pid: program.pid, startTime: await readStartTime(program.pid) },
    ]);
  });

  test('nobody gets it if there is no such process; its absence is no error', async () => {
    expect(await signalProcess(options(`${NAME}-absent`))).toEqual({ pid: undefined, otherPids: [] });
  });

  test('we do not find ourselves', async () => {
    const found = await findProcesses('node', process.pid);
    expect(found.map(({ pid }) => pid)).not.toContain(process.pid);
  });

  test('of two programs of one name the older gets it, and the other is named', async () => {
    await using older = await startNamedProgram(`${NAME}-two`);
    await using younger = await startNamedProgram(`${NAME}-two`);
    expect(await signalProcess(options(`${NAME}-two`))).toEqual({ pid: older.pid, otherPids: [younger.pid] });
    await expect.poll(() => older.received()).toEqual(['master']);
    expect(younger.received()).toEqual([]);
  });

  test('a program that would be ended by the signal is spared, and that is an error', async () => {
    await using program = await startNamedProgram(`${NAME}-bare`, { handlesHup: 'never' });
    await expect(signalProcess(options(`${NAME}-bare`))).rejects.toMatchObject({
      code: 'SIGNAL_UNHANDLED',
      message: expect.stringContaining(`(PID ${program.pid}) has no handler for SIGHUP`),
    });
    expect(await readStartTime(program.pid)).toBeDefined();
  });

  test('unless ending it is what the signal is for', async () => {
    await using program = await startNamedProgram(`${NAME}-end`, { handlesHup: 'never' });
    expect(await signalProcess(options(`${NAME}-end`, 'SIGTERM'))).toMatchObject({ pid: program.pid });
  });

  test('a program that is still starting is waited for', async () => {
    await using program = await startNamedProgram(`${NAME}-slow`, { handlesHup: 'later' });
    const signalled = signalProcess(options(`${NAME}-slow`, 'SIGHUP', 10_000));
    program.finishStarting();
    expect(await signalled).toMatchObject({ pid: program.pid });
    await expect.poll(() => program.received()).toEqual(['master']);
  });

  test.runIf(process.getuid?.() === 0)('a program of another user: both UIDs and what to do are told', async () => {
    await using program = await startNamedProgram(`${NAME}-other`);
    const module = new URL('signal-process.ts', import.meta.url);
    const call = { name: `${NAME}-other`, signal: 'SIGHUP', sender: 'git-sync', ownPid: 0, patienceMs: 0 };
    const script = `import { signalProcess } from ${JSON.stringify(module)};
      const abort = new AbortController().signal;
      await signalProcess({ ...${JSON.stringify(call)}, abort }).catch(({ code, message, remedy }) =>
        console.log(JSON.stringify({ code, message, remedy })));`;
    const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], {
      uid: 65_533,
      gid: 65_533,
    });
    expect(JSON.parse(String((await once(child.stdout, 'data'))[0]))).toEqual({
      code: 'SIGNAL_DENIED',
      message: `${NAME}-other (PID ${program.pid}) runs as UID 0 and git-sync as UID 65533, which may not signal it`,
      remedy: 'Give both containers the same runAsUser.',
    });
    expect(program.received()).toEqual([]);
  });
});
