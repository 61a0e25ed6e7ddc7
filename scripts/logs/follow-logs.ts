/** All logs of a pattern from now on: Pods and containers that come are followed too, until the signal aborts. */
import type { KubeClient } from '../deploy/kube-client.ts';
import type { Pod } from '../deploy/kube-types.ts';
import { followObjects } from '../deploy/follow.ts';
import { keyOf, notice, type Backlog } from './backlog.ts';
import { choosePods, loggedContainers, patternOf } from './choose-pods.ts';
import { followContainer, type ContainerFollower } from './follow-container.ts';
import type { LogLine } from './log-line.ts';

export interface FollowLogsOptions {
  readonly namespace: string;
  /** As `choosePods` takes it. */
  readonly name: string | undefined;
  readonly cursors: Backlog['cursors'];
  /** Resolves when the line was written: a slow reader slows the logs, and nothing piles up. */
  readonly emit: (line: LogLine) => Promise<void>;
  readonly onTrouble: (reason: string) => void;
  readonly signal: AbortSignal;
}

export async function followLogs(client: KubeClient, options: FollowLogsOptions): Promise<void> {
  const { namespace, name, cursors, emit, onTrouble, signal } = options;
  const followers = new Map<string, ContainerFollower>();
  let known: ReadonlyMap<string, Pod> | undefined;

  const tell = ({ metadata, ...pod }: Pod, text: string) =>
    void emit(notice({ pattern: patternOf({ metadata, ...pod }), pod: metadata.name, container: '' }, '', text));

  await followObjects(
    client,
    { apiVersion: 'v1', kind: 'Pod', namespace },
    {
      onChange: (objects) => {
        const pods = choosePods(objects as readonly Pod[], name);
        const current = new Map(pods.map((pod) => [pod.metadata.uid ?? pod.metadata.name, pod]));
        for (const [uid, pod] of current) {
          if (known !== undefined && !known.has(uid)) tell(pod, 'is there now');
          for (const { source, status } of loggedContainers(pod)) {
            const key = `${uid}/${source.container}`;
            const follower =
              followers.get(key) ??
              followContainer(client, { namespace, source, cursor: cursors.get(keyOf(source)), emit, signal });
            followers.set(key, follower);
            follower.update(status);
          }
        }
        for (const [uid, pod] of known ?? []) if (!current.has(uid)) tell(pod, 'is gone');
        known = current;
      },
      onTrouble,
      signal,
    },
  );
}
