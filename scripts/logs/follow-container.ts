/**
 * The log of one container from now on: through restarts, with what an instance wrote last before it ended, and through
 * connections that break. A cursor says how far it was read, so no line comes twice and none is left out.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubeClient } from '../deploy/kube-client.ts';
import type { ContainerStatus } from '../deploy/kube-types.ts';
import { describeRestart, isLogAbsent, notice } from './backlog.ts';
import { advance, type Cursor, type LogLine, type LogSource } from './log-line.ts';
import { readLog } from './read-log.ts';

export interface FollowContainerOptions {
  readonly namespace: string;
  readonly source: LogSource;
  readonly cursor: Cursor | undefined;
  readonly emit: (line: LogLine) => Promise<void>;
  readonly signal: AbortSignal;
}

export interface ContainerFollower {
  /** Call it with each new status. */
  update(status: ContainerStatus): void;
}

/** Before a log is opened again that ended while its container runs: the kubelet rotates, connections break. */
const REOPEN_MS = 500;

/** Never throws: a log that cannot be read is tried again at the next status. */
export function followContainer(
  client: KubeClient,
  { namespace, source, cursor: start, emit, signal }: FollowContainerOptions,
): ContainerFollower {
  let cursor = start;
  let latest: ContainerStatus | undefined;
  let restarts: number | undefined;
  let finished: string | undefined;
  let isReading = false;

  const pass = async (options: { isPrevious?: boolean; isFollowed?: boolean }) => {
    try {
      for await (const line of readLog(client, { namespace, source, cursor, signal, ...options })) {
        cursor = advance(cursor, line.time);
        await emit(line);
      }
    } catch (error) {
      if (!signal.aborted && !isLogAbsent(error)) await sleep(REOPEN_MS, undefined, { signal }).catch(() => {});
    }
  };

  const read = async () => {
    for (;;) {
      const { containerID, restartCount = 0, lastState } = latest ?? {};
      if (signal.aborted || containerID === undefined || containerID === finished) return;
      if (restarts !== undefined && restartCount > restarts) {
        await pass({ isPrevious: true });
        await emit(notice(source, cursor?.time ?? '', describeRestart(lastState?.terminated, restartCount)));
      }
      restarts = restartCount;
      await pass({ isFollowed: true });
      if (latest?.containerID !== containerID) continue;
      // Its end is known a moment before the status tells of it, if it is the end.
      if (latest?.state?.running === undefined) finished = containerID;
      else await sleep(REOPEN_MS, undefined, { signal }).catch(() => {});
    }
  };

  return {
    update(status) {
      latest = status;
      if (isReading) return;
      isReading = true;
      void read().finally(() => {
        isReading = false;
      });
    },
  };
}
