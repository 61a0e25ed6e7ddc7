import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, test } from 'vitest';
import { findProcesses, isStill, type ProcessPattern } from './find-process.ts';
import { signalProcess } from './signal-process.ts';
import { startNamedProgram } from './test-support/named-program.ts';

// Unlike any other program on the machine, and one that is cut off by the kernel, which keeps 15 characters.
const NAME = `gs-${process.pid}`;
const LONG_NAME = `gs-long-name-of-${process.pid}`;
const abort = new AbortController().signal;

// What this process has started would not be found otherwise.
const NOBODY = 0;

function options(name: string, signal: NodeJS.Signals = 'SIGHUP', patienceMs = 200) {
  return { pattern: { name, argv: undefined }, signal, sender: 'git-sync', ownPid: NOBODY, patienceMs, abort };
}

describe.runIf(process.platform === 'linux')('on Linux', () => {
  test.each([NAME, LONG_NAME])('the master of %s gets the signal, once, and its worker does not', async (name) => {
    await using program = await startNamedProgram(name);
    expect(await signalProcess(options(name))).toEqual({ pid: program.pid, otherPids: [] });
    await expect.poll(() => program.received()).toEqual(['master']);
    const { pattern } = options(name);
    const [found, ...others] = await findProcesses(pattern, NOBODY);
    expect([found?.pid, others]).toEqual([program.pid, []]);
  });

  test('nobody gets it if there is no such process; its absence is no error', async () => {
    expect(await signalProcess(options(`${NAME}-absent`))).toEqual({ pid: undefined, otherPids: [] });
  });

  test('we do not find ourselves', async () => {
    await using program = await startNamedProgram(`${NAME}-ours`);
    const pidsOf = async (pattern: ProcessPattern, ownPid: number) =>
      (await findProcesses(pattern, ownPid)).map(({ pid }) => pid);
    const argv = new RegExp(`${NAME}-ours`);
    expect(await pidsOf({ name: undefined, argv }, NOBODY)).toContain(program.pid);
    expect(await pidsOf({ name: undefined, argv }, process.pid)).toEqual([]);
    expect(await pidsOf({ name: 'node', argv: undefined }, process.pid)).not.toContain(process.pid);
  });

  test('a program that an interpreter runs is found by its arguments, and the name has to fit too if it is given', async () => {
    await using program = await startNamedProgram(`${NAME}-argv`);
    // The shell's own script is its argument, with the path of the folder in it.
    const argv = new RegExp(`^\\S*${NAME}-argv -c `);
    const send = async (pattern: ProcessPattern) => await signalProcess({ ...options(''), pattern });
    expect(await send({ name: 'another', argv })).toEqual({ pid: undefined, otherPids: [] });
    expect(await send({ name: undefined, argv: new RegExp(`^${NAME}-argv$`) })).toMatchObject({ pid: undefined });
    expect(await send({ name: undefined, argv })).toEqual({ pid: program.pid, otherPids: [] });
    await expect.poll(() => program.received()).toEqual(['master']);
    expect(await send({ name: `${NAME}-argv`, argv })).toMatchObject({ pid: program.pid });
  });

  test('a process that got the PID of the one that was found is not taken for it', async () => {
    await using program = await startNamedProgram(`${NAME}-reused`);
    const { pattern } = options(`${NAME}-reused`);
    const [found] = await findProcesses(pattern, NOBODY);
    if (found?.pid !== program.pid) throw new Error('not found');
    expect(await isStill(found, pattern)).toBe(true);
    expect(await isStill({ ...found, startTime: found.startTime - 1n }, pattern)).toBe(false);
    expect(await isStill(found, { name: undefined, argv: /another program/ })).toBe(false);
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
    expect((await findProcesses(options(`${NAME}-bare`).pattern, NOBODY)).map(({ pid }) => pid)).toEqual([program.pid]);
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
    const call = { pattern: { name: `${NAME}-other` }, signal: 'SIGHUP', sender: 'git-sync', ownPid: 0, patienceMs: 0 };
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
