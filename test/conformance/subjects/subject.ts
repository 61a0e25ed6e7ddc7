/** A proxy as a process in front of the test's upstream, whichever proxy it is. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { memoryBytes } from '../../support/process-memory.ts';
import type { Setup } from '../case.ts';

export interface SubjectOptions {
  readonly upstreamPort: number;
  readonly setup: Setup;
  /** For its configuration; it may write there. */
  readonly folder: string;
}

export interface Subject extends AsyncDisposable {
  readonly port: number;
  /** Whether it runs and accepts connections. */
  isServing(): Promise<boolean>;
  /** The error among what it wrote last to stderr. */
  lastWords(): string;
  /** Open file descriptors of all of its processes. */
  openFiles(): Promise<number>;
  /** Resident memory of all of its processes. */
  residentBytes(): Promise<number>;
}

export interface SubjectKind {
  readonly name: string;
  readonly version: () => Promise<string>;
  readonly start: (options: SubjectOptions) => Promise<Subject>;
}

const START_LIMIT_MS = 15_000;
const STOP_LIMIT_MS = 2_000;

/** Runs a proxy and waits until it accepts connections; leaving the scope ends it and all it has started. */
export async function startProcess(port: number, command: string, args: readonly string[]): Promise<Subject> {
  // A group of its own, so that workers end with their master.
  const child = spawn(command, args, { detached: true, stdio: ['ignore', 'ignore', 'pipe'] });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${command} cannot be started`);
  let complaint = '';
  child.stderr.on('data', (chunk) => (complaint = (complaint + String(chunk)).slice(-4_000)));
  const isAlive = () => child.exitCode === null && child.signalCode === null;
  const deadline = performance.now() + START_LIMIT_MS;
  while (!(await accepts(port))) {
    if (!isAlive() || performance.now() > deadline) throw new Error(`${command} did not start: ${complaint}`);
    await sleep(20);
  }
  const sum = async (measure: (pid: number) => Promise<number>) => {
    const figures = await Promise.all((await processesOf(pid)).map((each) => measure(each).catch(() => 0)));
    return figures.reduce((total, figure) => total + figure, 0);
  };
  return {
    port,
    isServing: async () => isAlive() && accepts(port),
    lastWords: () =>
      /^\w*Error\b.*$/m.exec(complaint)?.[0] ?? (complaint.trim().split('\n').at(-1) || 'it said nothing'),
    openFiles: () => sum(async (each) => (await readdir(`/proc/${each}/fd`)).length),
    residentBytes: () => sum(async (each) => memoryBytes(each, 'VmRSS') || 0),
    async [Symbol.asyncDispose]() {
      if (!isAlive()) return;
      const exited = once(child, 'exit');
      process.kill(-pid, 'SIGTERM');
      const isGone = await Promise.race([exited.then(() => true), sleep(STOP_LIMIT_MS, false, { ref: false })]);
      if (!isGone) process.kill(-pid, 'SIGKILL');
      await exited;
    },
  };
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect({ port, host: '127.0.0.1' });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** The process and its children, as long as they are there. */
async function processesOf(pid: number): Promise<number[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  const below = await Promise.all(
    children
      .split(' ')
      .filter(Boolean)
      .map((child) => processesOf(Number(child))),
  );
  return [pid, ...below.flat()];
}
