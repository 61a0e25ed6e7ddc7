/** One program of the comparison, started on one core, with its log emptied as fast as it comes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { memoryBytes } from '../../support/process-memory.ts';
import type { Subject } from './subjects.ts';

export interface RunningSubject extends AsyncDisposable {
  /** The most that the program and its children ever had, in sum. */
  peakRssBytes(): number;
}

const START_TIMEOUT_MS = 60_000;

/** Starts it on that core and waits until it answers; leaving the scope ends it. */
export async function startSubject(subject: Subject, core: number): Promise<RunningSubject> {
  const folder = mkdtempSync('/tmp/subject-');
  for (const [name, content] of Object.entries(subject.files(folder))) writeFileSync(`${folder}/${name}`, content);
  const command = ['taskset', '--cpu-list', String(core), ...subject.command(folder)];
  // A real pipe, as a container has it, and no Node at its other end. `exec` makes the subject the child of this process.
  const child = spawn('sh', ['-c', 'exec "$@" > "$0"', await createSink(folder), ...command], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const errors = text(child.stderr);
  const ended = once(child, 'exit');
  const failed = ended.then(async () => {
    throw new Error(`${subject.name} ended with ${child.exitCode}: ${(await errors).slice(0, 2_000)}`);
  });
  await Promise.race([untilAnswered(subject), failed]);
  failed.catch(() => undefined);
  return {
    peakRssBytes: () => peakRssBytes(child.pid ?? 0),
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      const killing = setTimeout(() => child.kill('SIGKILL'), 2_000);
      await ended;
      clearTimeout(killing);
    },
  };
}

/** A named pipe that `cat` empties; it ends when the last writer has. */
async function createSink(folder: string): Promise<string> {
  const path = `${folder}/stdout`;
  await once(spawn('mkfifo', [path]), 'exit');
  spawn('sh', ['-c', 'exec cat "$0" > /dev/null', path], { stdio: 'ignore' }).unref();
  return path;
}

async function untilAnswered({ name, port }: Subject): Promise<void> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  while ((await statusOf(port).catch(() => 0)) !== 200) {
    if (performance.now() > deadline) throw new Error(`${name} did not answer 200 within ${START_TIMEOUT_MS} ms`);
    await sleep(20);
  }
}

async function statusOf(port: number): Promise<number | undefined> {
  const [response] = (await once(get({ host: '127.0.0.1', port, path: '/1KiB', agent: false }), 'response')) as [
    IncomingMessage,
  ];
  await text(response);
  return response.statusCode;
}

/** Of the process and its children. */
function peakRssBytes(pid: number): number {
  const own = memoryBytes(pid, 'VmHWM');
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
  return children.reduce((sum, child) => sum + peakRssBytes(Number(child)), own);
}
