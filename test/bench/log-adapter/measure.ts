/** One run of one program over one log. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, copyFileSync, mkdtempSync, openSync, read, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { memoryBytes } from '../../support/process-memory.ts';
import type { Case } from './cases.ts';
import type { Subject } from './subjects.ts';

export interface Measurement {
  readonly linesPerSecond: number;
  /** By the processor's own clock, all threads together: what others do on the machine hardly changes it. */
  readonly linesPerCpuSecond: number;
  /** The most that it had at any time. */
  readonly rssBytes: number;
}

const ON_CORE_0 = ['--cpu-list', '0'];
const TIMEOUT_MS = 180_000;
const PIECE_BYTES = 4_096;
const readPiece = promisify(read);
/** What the kernel counts processor time in. */
const TICK_MS = 10;

/**
 * From the first output to the last: how long a program takes to start, and how long it waits before it looks at a file,
 * is no matter here. The last event of several lines may wait for what follows, so that it is not waited for.
 */
export async function measureSubject(subject: Subject, entry: Case, logFile: string): Promise<Measurement> {
  const folder = mkdtempSync('/tmp/subject-');
  // Each has a file that no one has read before.
  const copy = `${folder}/app.log`;
  if (subject.metricsPort === undefined) copyFileSync(logFile, copy);
  else writeFileSync(copy, '');
  const paths = { folder, logFile: copy };
  for (const [name, content] of Object.entries(subject.files(paths, entry.name) ?? {})) {
    writeFileSync(`${folder}/${name}`, content);
  }
  const pipe = openPipe(`${folder}/stdout`);
  const child = spawn('taskset', [...ON_CORE_0, ...subject.command(paths)], {
    stdio: ['ignore', pipe.writeEnd, 'pipe'],
  });
  closeSync(pipe.writeEnd);
  const errors: Buffer[] = [];
  child.stderr?.on('data', (chunk: Buffer) => errors.push(chunk));
  const closed = once(child, 'close');
  try {
    const appendLog = (): void => void execFileSync('sh', ['-c', 'cat "$0" >> "$1"', logFile, copy]);
    const waiting =
      subject.metricsPort === undefined
        ? readOutput(pipe.readEnd, entry, child.pid)
        : askMetrics(subject.metricsPort, entry, { pid: child.pid, appendLog });
    const ended = closed.then(() => {
      throw new Error(
        `${subject.name} ended with ${child.exitCode}: ${Buffer.concat(errors).toString().slice(0, 2_000)}`,
      );
    });
    const timeout = sleep(TIMEOUT_MS, undefined, { ref: false }).then(() => {
      throw new Error(`${subject.name} is not done with ${entry.name} after ${TIMEOUT_MS} ms`);
    });
    const took = await Promise.race([waiting, ended, timeout]);
    return toMeasurement(entry, took, memoryBytes(child.pid, 'VmHWM'));
  } finally {
    child.kill('SIGKILL');
    await closed;
    closeSync(pipe.readEnd);
    rmSync(folder, { recursive: true });
  }
}

/** A real pipe, as a container has it: what Node.js makes for a child is a pair of sockets, which has no name to open. */
function openPipe(path: string): { readonly readEnd: number; readonly writeEnd: number } {
  execFileSync('mkfifo', [path]);
  // Opened for both, it waits for nobody.
  const writeEnd = openSync(path, 'r+');
  return { readEnd: openSync(path, 'r'), writeEnd };
}

/** How long all events took. */
interface Took {
  readonly ms: number;
  readonly cpuMs: number;
}

function toMeasurement({ events, linesPerEvent }: Case, { ms, cpuMs }: Took, rssBytes: number): Measurement {
  const lines = events * linesPerEvent;
  return { linesPerSecond: (lines / ms) * 1_000, linesPerCpuSecond: (lines / cpuMs) * 1_000, rssBytes };
}

/** Begins to measure; the function that comes back ends it. */
function startWatch(pid: number | undefined): () => Took {
  const [begunMs, begunCpuMs] = [performance.now(), cpuTimeMs(pid)];
  return () => ({ ms: performance.now() - begunMs, cpuMs: cpuTimeMs(pid) - begunCpuMs });
}

/** utime and stime, the 14th and 15th field of the line. */
function cpuTimeMs(pid: number | undefined): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

/**
 * Rejects if the first event is not what it has to be. The others are only counted, by a program that hardly needs
 * time, so that it is not the reader's speed that is measured.
 */
async function readOutput(
  pipe: number,
  { events, linesPerEvent, firstValues }: Case,
  pid: number | undefined,
): Promise<Took> {
  const expected = linesPerEvent > 1 ? events - 1 : events;
  const buffer = Buffer.alloc(PIECE_BYTES);
  let text = '';
  let event: string | undefined;
  while (event === undefined) {
    const { bytesRead } = await readPiece(pipe, { buffer });
    if (bytesRead === 0) throw new Error(`the output ended with ${text}`);
    text += buffer.toString('latin1', 0, bytesRead);
    // What comes after the last line feed is no whole line.
    event = text.split('\n').slice(0, -1).find(isEvent);
  }
  const stopWatch = startWatch(pid);
  const values = valuesOf(JSON.parse(event));
  const missing = firstValues.filter((value) => !values.some((found) => found.includes(value)));
  if (missing.length > 0) throw new Error(`${event} has no ${missing.join(', ')}`);
  // What it says of itself before is no event.
  const count = text.slice(text.indexOf(event)).split('\n').length - 1;
  const counter = spawn('head', ['-n', String(expected - count)], { stdio: [pipe, 'ignore', 'inherit'] });
  await once(counter, 'close');
  return stopWatch();
}

/** Not one of the lines that log-adapter writes of itself. */
function isEvent(line: string): boolean {
  return line.startsWith('{') && line.endsWith('}') && !line.includes('"service":"log-adapter"');
}

function valuesOf(event: unknown): string[] {
  if (typeof event !== 'object' || event === null) return [String(event)];
  return Object.values(event).flatMap(valuesOf);
}

/**
 * For a program that only counts, and begins at the end of a log: the lines come when it answers. It is asked so seldom
 * that the asking is no matter.
 */
async function askMetrics(
  port: number,
  { events }: Case,
  { pid, appendLog }: { readonly pid: number | undefined; readonly appendLog: () => void },
): Promise<Took> {
  let first = 0;
  let stopWatch: (() => Took) | undefined;
  while ((await fetchText(port).catch(() => undefined)) === undefined) await sleep(50);
  appendLog();
  for (;;) {
    await sleep(50);
    const page = await fetchText(port);
    const count = [...page.matchAll(/^events_total\{.*\} (\d+)/gm)].reduce((sum, [, value]) => sum + Number(value), 0);
    if (count > 0 && stopWatch === undefined) {
      first = count;
      stopWatch = startWatch(pid);
    }
    if (count < events || stopWatch === undefined) continue;
    const { ms, cpuMs } = stopWatch();
    // What came before the first look took no time that was measured.
    const share = events / (events - first);
    return { ms: ms * share, cpuMs: cpuMs * share };
  }
}

async function fetchText(port: number): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  get(
    { host: '127.0.0.1', port, path: '/metrics', agent: false },
    (answer) => void text(answer).then(resolve, reject),
  ).on('error', reject);
  return promise;
}

const READ_LOOP = new URL('read-loop-main.ts', import.meta.url).pathname;

export function measureReadLoop(entry: Case, logFile: string): Measurement {
  const output = execFileSync('taskset', [...ON_CORE_0, 'node', READ_LOOP, logFile]).toString();
  const { rssBytes, ...took } = JSON.parse(output) as Took & { rssBytes: number };
  return toMeasurement(entry, took, rssBytes);
}
