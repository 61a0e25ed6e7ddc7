/** What is measured: logs of three kinds, the same lines in every run. */
import { createRandom, type Random } from '../../soak/random.ts';

export type CaseName = 'combined access lines' | 'JSON lines' | 'multi-line events';

export interface Case {
  readonly name: CaseName;
  readonly events: number;
  readonly linesPerEvent: number;
  /** The event of a number, with the line feed at its end. */
  readonly event: (number: number) => string;
  /** What the first event has to become: these values, whatever a program calls them. */
  readonly firstValues: readonly string[];
}

const SEED = 20_261_123;

function pick<Item>(random: Random, items: readonly Item[]): Item {
  return items[random(items.length)] as Item;
}

const AGENT = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

/** The time of an event: as on a busy server, a few of them in the same millisecond, and all of them in order. */
function timeOf(number: number): Date {
  return new Date(Date.UTC(2026, 10, 23, 22, 34, 28) + Math.floor(number / 4));
}

function accessLine(random: Random, number: number): string {
  const address = `10.${random(256)}.${random(256)}.${random(256)}`;
  const time = `23/Nov/2026:${timeOf(number).toISOString().slice(11, 19)} +0000`;
  const request = `${pick(random, ['GET', 'GET', 'POST'])} /v1/items/${random(1_000_000)}?page=${random(99)} HTTP/1.1`;
  const status = pick(random, [200, 200, 200, 304, 404, 500]);
  return `${address} - alice [${time}] "${request}" ${status} ${random(100_000)} "https://example.com/shop" "${AGENT}"\n`;
}

function jsonLine(random: Random, number: number): string {
  const [id, tookMs] = [random(1_000_000), random(900)];
  const event = {
    time: timeOf(number).toISOString(),
    level: pick(random, ['info', 'info', 'warn', 'error']),
    logger: 'orders.http',
    msg: `GET /orders/${id} answered 200`,
    request_id: `1f0c3d2e-6a51-4c4e-9d7b-${String(random(1e9)).padStart(12, '0')}`,
    http_method: 'GET',
    url_path: `/orders/${id}`,
    http_status: 200,
    duration_ms: tookMs,
  };
  return `${JSON.stringify(event)}\n`;
}

/** As logback writes it: a first line, and a stack trace with its cause. */
function stackTrace(random: Random, number: number): string {
  const time = timeOf(number).toISOString().slice(0, -1).replace('T', ' ').replace('.', ',');
  const id = random(1_000_000);
  return [
    `${time} ERROR [worker-${random(8)}] com.example.batch.Importer - Import of order ${id} failed`,
    'java.lang.IllegalStateException: order is not open',
    `\tat com.example.batch.Importer.importOrder(Importer.java:${random(400)})`,
    `\tat com.example.batch.Worker.run(Worker.java:${random(400)})`,
    'Caused by: java.io.IOException: Connection reset by peer',
    `\tat com.example.net.Connection.read(Connection.java:${random(400)})`,
    '\t... 2 more\n',
  ].join('\n');
}

/** The events of a case: each call makes the next, and the first is known. */
function makeCase(
  name: CaseName,
  make: (random: Random, number: number) => string,
  {
    events,
    linesPerEvent,
    firstValues,
  }: { events: number; linesPerEvent: number; firstValues: (first: string) => string[] },
): Case {
  // A few thousand different ones, again and again: nothing that is measured remembers so many.
  const random = createRandom(SEED);
  const different = Array.from({ length: 8_192 }, (_, number) => make(random, number));
  const event = (number: number): string => different[number % different.length] ?? '';
  return { name, events, linesPerEvent, event, firstValues: firstValues(event(0)) };
}

/** So many that a slow program takes ten seconds or so, and what a program does at its start counts for little. */
export const CASES: readonly Case[] = [
  makeCase('combined access lines', accessLine, {
    events: 1_200_000,
    linesPerEvent: 1,
    firstValues: (line) => {
      const [address = '', , user = '', , , , path = '', , status = '', bytes = ''] = line.split(' ');
      return [address, user, path, status, bytes, AGENT];
    },
  }),
  makeCase('JSON lines', jsonLine, {
    events: 300_000,
    linesPerEvent: 1,
    firstValues: (line) => {
      const { logger, msg, request_id, duration_ms } = JSON.parse(line) as Record<string, unknown>;
      return [logger, msg, request_id, duration_ms].map(String);
    },
  }),
  makeCase('multi-line events', stackTrace, {
    events: 60_000,
    linesPerEvent: 7,
    firstValues: (text) => [/Importer - (.*)/.exec(text)?.[1] ?? '', 'com.example.batch.Importer'],
  }),
];
