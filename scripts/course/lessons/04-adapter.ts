/** Lesson 4: logs that have nothing in common, made to look alike by a helper beside each program. */
import type { Check, Lesson } from '../lesson.ts';

const NAMESPACE = 'lesson-adapter';
/** The kiosk's clock is an hour late; the adapter reads a line within seconds. */
const MIN_LATE_MS = 30 * 60_000;

interface Event {
  readonly service?: string;
  readonly msg?: string;
  readonly level?: string;
  readonly logger?: string;
  readonly time?: string;
  readonly observed_time?: string;
  readonly parse_error?: string;
}

const NEXT = 'Correct the parser in the ConfigMap kiosk, and make the Pod anew: the log-adapter reads it as it starts.';

const oneSchema: Check = {
  id: 'one-schema',
  task: 'Teach log-adapter the kiosk’s log: level, logger, message, and the time at which it happened.',
  async look(cluster) {
    const target = { namespace: NAMESPACE, pod: 'kiosk', container: 'log-adapter', tailLines: 20 };
    const lines = (await cluster.logs(target)).split('\n').filter((line) => line.startsWith('{'));
    const events = lines.map((line) => JSON.parse(line) as Event).filter(({ service }) => service === 'kiosk');
    const event = events.findLast(({ msg }) => msg?.includes('sold out'));
    if (event === undefined) {
      return { state: 'not-yet', reason: 'log-adapter has written nothing of the kiosk', next: 'Wait a few seconds.' };
    }
    const shown = JSON.stringify(event);
    if (event.parse_error !== undefined) {
      return {
        state: 'not-yet',
        reason: `the lines do not fit the parser (${event.parse_error}): ${shown}`,
        next: NEXT,
      };
    }
    if (event.level !== 'warn') {
      return {
        state: 'wrong',
        reason: `the kiosk says WARN, and the event has the level ${event.level}: ${shown}`,
        next: NEXT,
      };
    }
    const lateMs = Date.parse(event.observed_time ?? '') - Date.parse(event.time ?? '');
    if (!(lateMs > MIN_LATE_MS)) {
      return {
        state: 'wrong',
        reason: `time is when the line was read, and not when it happened by the kiosk’s own clock: ${shown}`,
        next: NEXT,
      };
    }
    if (event.logger !== 'tea' || event.msg !== 'sold out') {
      return { state: 'not-yet', reason: `logger should be tea, and msg sold out: ${shown}`, next: NEXT };
    }
    return { state: 'passed', seen: shown };
  },
};

export const lesson: Lesson = {
  number: 4,
  slug: 'adapter',
  title: 'The adapter',
  question: 'How do programs that log in three different ways come to look the same to whoever watches them?',
  minutes: 10,
  namespaces: [NAMESPACE],
  terms: [
    {
      name: 'adapter',
      meaning:
        'A helper container that makes what a program puts out look as others expect it: logs, metrics, formats.',
      ecs: 'The same container in the task; FireLens (Fluent Bit) is the ready-made one for logs.',
    },
    {
      name: 'log rotation',
      meaning: 'A log file is renamed when it is large, and a new one begun. A reader must notice, and lose no line.',
      ecs: 'The same for files; of what goes to stdout, the log driver takes care.',
    },
    {
      name: 'metric',
      meaning: 'A number with a name and labels, which a monitoring system fetches at intervals, here from /metrics.',
      ecs: 'CloudWatch metrics; a collector as a sidecar can fetch the same page.',
    },
  ],
  checks: [oneSchema],
};
