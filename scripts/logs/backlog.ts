/** What was written so far, by all containers, in the order of time; and, of one that crashed, what it wrote before. */
import { signalOf } from '../deploy/container-end.ts';
import { isStatus } from '../deploy/kube-errors.ts';
import type { KubeClient } from '../deploy/kube-client.ts';
import type { ContainerState } from '../deploy/kube-types.ts';
import type { LoggedContainer } from './choose-pods.ts';
import { advance, type Cursor, type LogLine, type LogSource } from './log-line.ts';
import { readLog } from './read-log.ts';

export interface BacklogOptions {
  readonly namespace: string;
  readonly tailLines: number | undefined;
  readonly sinceSeconds: number | undefined;
  readonly signal: AbortSignal;
}

export interface Backlog {
  readonly lines: readonly LogLine[];
  /** Where to go on, by `keyOf` of the source. */
  readonly cursors: ReadonlyMap<string, Cursor>;
}

export function keyOf({ pod, container }: LogSource): string {
  return `${pod}/${container}`;
}

export async function readBacklog(
  client: KubeClient,
  containers: readonly LoggedContainer[],
  options: BacklogOptions,
): Promise<Backlog> {
  const logs = await Promise.all(containers.map((container) => readContainer(client, container, options)));
  const cursors = new Map<string, Cursor>();
  for (const { source, time, isNotice } of logs.flat()) {
    if (isNotice !== true && time !== '') cursors.set(keyOf(source), advance(cursors.get(keyOf(source)), time));
  }
  return { lines: logs.flat().sort((one, other) => one.time.localeCompare(other.time)), cursors };
}

async function readContainer(
  client: KubeClient,
  { source, status }: LoggedContainer,
  options: BacklogOptions,
): Promise<LogLine[]> {
  const crash = status.lastState?.terminated;
  const before =
    crash !== undefined && crash.exitCode !== 0 ? await collect(client, { source, isPrevious: true, ...options }) : [];
  const lines = await collect(client, { source, ...options });
  if (before.length === 0) return lines;
  // Behind the last words of the one that ended, whatever the clocks say.
  const time = before.at(-1)?.time ?? '';
  // While it waits to be started again, both logs are the same one.
  const isSame = lines[0]?.time === before[0]?.time && lines.at(-1)?.time === time;
  return [...before, notice(source, time, describeRestart(crash, status.restartCount)), ...(isSame ? [] : lines)];
}

/** A log that is gone, or not there yet, is empty. */
async function collect(client: KubeClient, options: Parameters<typeof readLog>[1]): Promise<LogLine[]> {
  const lines: LogLine[] = [];
  try {
    for await (const line of readLog(client, options)) lines.push(line);
  } catch (error) {
    if (!isLogAbsent(error)) throw error;
  }
  return lines;
}

export function isLogAbsent(error: unknown): boolean {
  return isStatus(error, 400) || isStatus(error, 404);
}

export function notice(source: LogSource, time: string, text: string): LogLine {
  return { source, time, text, isNotice: true };
}

/** `ended with exit code 1 (Error), restarts: 3`. */
export function describeRestart(end: ContainerState['terminated'], restarts: number): string {
  return `${end === undefined ? 'started again' : describeEnd(end)}, restarts: ${restarts}`;
}

/** `ended with exit code 1 (Error)`. */
export function describeEnd(end: NonNullable<ContainerState['terminated']>): string {
  const signal = signalOf(end);
  const how = signal > 0 ? `was ended by signal ${signal}` : `ended with exit code ${end.exitCode}`;
  return `${how}${end.reason === undefined ? '' : ` (${end.reason})`}`;
}
