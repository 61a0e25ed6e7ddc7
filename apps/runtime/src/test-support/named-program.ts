/** A program of a name of our choice that catches signals, with a worker of the same name, as nginx has. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { childrenOf, killTree } from './process-tree.ts';

export interface NamedProgram extends AsyncDisposable {
  readonly pid: number;
  readonly workerPid: number;
  /** What it has written about the signals it got. */
  readonly received: () => readonly string[];
  /** Lets a program go on that handles the signal only later. */
  readonly finishStarting: () => void;
}

/** Starts a copy of the shell under that name; it handles SIGHUP when the promise resolves, unless told. */
export async function startNamedProgram(
  name: string,
  { handlesHup = 'always' }: { handlesHup?: 'always' | 'later' | 'never' } = {},
): Promise<NamedProgram> {
  const folder = mkdtempSync(join(tmpdir(), 'named-program-'));
  const program = join(folder, name);
  const received = join(folder, 'received');
  const started = join(folder, 'started');
  copyFileSync('/bin/sh', program);
  chmodSync(folder, 0o755);
  chmodSync(program, 0o755);
  const loop = 'while :; do sleep 0.02; done';
  const trap = (who: string) => (handlesHup === 'never' ? '' : `trap 'echo ${who} >> ${received}' HUP;`);
  const wait = handlesHup === 'later' ? `while [ ! -e ${started} ]; do sleep 0.02; done;` : '';
  const script = `: > ${received}; (${trap('worker')} ${loop}) & ${wait === '' ? '' : 'echo ready;'} ${wait} ${trap('master')} echo ready; ${loop}`;
  const child: ChildProcess = spawn(program, ['-c', script], { stdio: ['ignore', 'pipe', 'ignore'] });
  const closed = once(child, 'exit');
  const stdout = child.stdout;
  if (stdout === null || child.pid === undefined) throw new Error(`${program} was not started`);
  const { pid } = child;
  await once(stdout, 'data');
  const workerPid = await vi.waitFor(() => {
    const worker = childrenOf(pid).find(
      (one) => readFileSync(`/proc/${one}/comm`, 'utf8').trim() === name.slice(0, 15),
    );
    if (worker === undefined) throw new Error('the worker has not started');
    return worker;
  });
  return {
    pid,
    workerPid,
    received: () => readFileSync(received, 'utf8').split('\n').filter(Boolean),
    finishStarting: () => writeFileSync(started, ''),
    async [Symbol.asyncDispose]() {
      killTree(pid);
      // Without its master it would be found no more.
      killTree(workerPid);
      await closed;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
