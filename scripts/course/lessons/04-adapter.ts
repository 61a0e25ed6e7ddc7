/** Lesson 4: logs that have nothing in common, made to look alike by a helper beside each program. */
import type { CourseCluster, Lesson, Verdict } from '../lesson.ts';
import { notYet, passed, wrong } from '../verdict.ts';

const NAMESPACE = 'lesson-adapter';
const KIOSK = { namespace: NAMESPACE, pod: 'kiosk', container: 'kiosk' };
const ADAPTER = { ...KIOSK, container: 'log-adapter' };
const LEVELS: Readonly<Record<string, string>> = { OK: 'info', OUT: 'warn', JAM: 'error' };
/** The kiosk has three kinds of sales, one after the other. */
const KINDS = 3;

export const lesson: Lesson = {
  number: 4,
  slug: 'adapter',
  title: 'The adapter',
  question: 'How do programs that log in three different ways come to look the same to whoever watches them?',
  minutes: 15,
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
    {
      name: 'at least once',
      meaning: 'What is passed on may come again after a crash, and is never lost: progress is noted after the work.',
      ecs: 'The same promise as that of SQS standard queues; the log driver in non-blocking mode does not give it.',
    },
  ],
  checks: [
    {
      id: 'one-schema',
      task: 'Teach log-adapter the kiosk’s log: one event a sale, with sale, time, level, msg and duration_ms.',
      look: lookAtEvents,
    },
  ],
};

/** Compares what came out with what the kiosk wrote. */
async function lookAtEvents(cluster: CourseCluster): Promise<Verdict> {
  const output = await cluster.logs({ ...ADAPTER, tailLines: 30 });
  const refusal = await refusalOf(cluster);
  if (refusal !== undefined) {
    return wrong(
      `the adapter refused the file, and goes on with the one before: ${refusal}`,
      'Correct it and apply it again.',
    );
  }
  const events = output
    .split('\n')
    .filter((line) => line.includes('"service":"kiosk"'))
    .map((line) => JSON.parse(line) as KioskEvent)
    .slice(-KINDS);
  // Such a line is an event only if nothing joins it to those before, whatever else is wrong with them.
  const alone = events.find(({ msg, parse_error: error }) => error !== 'not_json' && /^ {2}took: [^\n]*$/.test(msg));
  if (alone !== undefined) {
    return wrong(
      `the lines of one sale come out as events of their own: ${JSON.stringify(alone)}`,
      'multiline.start is the pattern by which the adapter knows the first of them.',
    );
  }
  const sales = await readSales(cluster);
  const verdicts = events.map((event) => judge(event, sales));
  const [worst] = verdicts.filter(({ state }) => state !== 'passed');
  return worst ?? verdicts.at(-1) ?? notYet('log-adapter has written nothing of the kiosk', 'Wait a few seconds.');
}

interface KioskEvent {
  readonly msg: string;
  readonly level: string;
  readonly time: string;
  readonly sale?: number | string;
  readonly duration_ms?: number | string;
  readonly parse_error?: string;
}

interface Sale extends Pick<KioskEvent, 'msg' | 'level' | 'time'> {
  readonly durationMs: number;
}

const WHERE = 'The configuration is in the ConfigMap kiosk, the keys on the page of log-adapter.';

function judge(event: KioskEvent, sales: ReadonlyMap<number, Sale>): Verdict {
  const shown = JSON.stringify(event);
  if (event.parse_error === 'not_json') {
    return notYet(`the kiosk's log is still read as JSON: ${shown}`, 'Give it a parser of the type regex.');
  }
  if (event.parse_error === 'bad_time') return wrongTime(shown);
  if (event.parse_error !== undefined) {
    return wrong(`a sale does not fit the parser, which says ${event.parse_error}: ${shown}`, WHERE);
  }
  if (typeof event.sale !== 'number') {
    return wrong(
      `sale is ${event.sale === undefined ? 'missing' : 'text, and no number'}: ${shown}`,
      'Name a group sale, and make it a number under fields.keys.',
    );
  }
  const sale = sales.get(event.sale);
  if (sale === undefined) return notYet(`sale ${event.sale} is too long ago to be compared`, 'Look again in a second.');
  if (Date.parse(event.time) !== Date.parse(sale.time)) return wrongTime(shown);
  if (event.level !== sale.level) return wrong(`the level should be ${sale.level}: ${shown}`, 'Set levels.');
  if (event.duration_ms !== sale.durationMs) {
    return wrong(
      `duration_ms should be ${sale.durationMs}: ${shown}`,
      'fields.pattern finds it; fields.keys names it.',
    );
  }
  if (event.msg !== sale.msg) return wrong(`msg should be ${JSON.stringify(sale.msg)}: ${shown}`, WHERE);
  return passed(shown);
}

function wrongTime(shown: string): Verdict {
  return wrong(
    `time is not what the kiosk's clock said: ${shown}`,
    'Call the group time, and say with timeFormat how it is written: the day comes first.',
  );
}

/** Why the adapter does not use the file it has; undefined if it does. */
async function refusalOf(cluster: CourseCluster): Promise<string | undefined> {
  const script = 'fetch("http://127.0.0.1:9903/readyz?verbose").then(async (r) => console.log(await r.text()))';
  const { stdout } = await cluster.exec(KIOSK, ['node', '-e', script]);
  return /^! configuration: ([^]*?)(?=\n[+!] |\nready|$)/m.exec(stdout)?.[1]?.replaceAll(/\s+/g, ' ');
}

/** The latest sales by their numbers, as the kiosk wrote them; at least the latest hundred. */
async function readSales(cluster: CourseCluster): Promise<ReadonlyMap<number, Sale>> {
  const read = 'cd /var/log/kiosk && cat kiosk.log.1 kiosk.log 2> /dev/null | tail -n 300';
  const { stdout } = await cluster.exec(KIOSK, ['sh', '-c', read]);
  const pattern = /^\*{3} (\d+) \* (\d+)\/(\d+)\/(\d+) (\d+)\.(\d+)\.(\d+) \* ([A-Z]+)\n(.*)\n {2}took: (\d+)ms$/gm;
  const sales = new Map<number, Sale>();
  for (const found of stdout.matchAll(pattern)) {
    const [, number, day, month, year, hour, minute, second, word = '', msg = '', took] = found;
    const time = `${year}-${month}-${day}T${hour}:${minute}:${second}Z`;
    sales.set(Number(number), { time, level: LEVELS[word] ?? word, msg, durationMs: Number(took) });
  }
  return sales;
}
