/** Only what happens before the port is opened: there is one such port on a machine, and another test needs it. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';

const MAIN = new URL('main.ts', import.meta.url).pathname;

async function run(...args: string[]): Promise<unknown> {
  try {
    return await promisify(execFile)(process.execPath, [MAIN, ...args], { timeout: 20_000 });
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, stdout, stderr };
  }
}

async function createSettings(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'legacy-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'legacy.ini');
  await writeFile(file, text);
  return file;
}

test('does not start with a fault in the settings, and names file and line', async () => {
  const file = await createSettings('greeting = Hello\nlog.keep = many\n');
  expect(await run(file)).toStrictEqual({
    code: 1,
    stdout: '',
    stderr: `legacy-app: ${file}:2: log.keep must be a whole number from 1 to 99, not "many"\n`,
  });
});

test('does not start without a folder for the log, and names it', async () => {
  const file = await createSettings('log.file = /nowhere/at/all/legacy.log\n');
  expect(await run(file)).toStrictEqual({
    code: 1,
    stdout: '',
    stderr:
      'legacy-app: cannot open the log file /nowhere/at/all/legacy.log: the folder /nowhere/at/all does not exist\n',
  });
});

test.each([[['--help']], [['a.ini', 'b.ini']]])('does not know the arguments %j', async (args) => {
  expect(await run(...args)).toStrictEqual({ code: 2, stdout: '', stderr: 'usage: legacy-app [SETTINGS-FILE]\n' });
});
