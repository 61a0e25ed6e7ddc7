/** P32 and P34 to P36: clients that leave, that are slow, that send too much, or all at once. Small counts only. */
import { setTimeout as sleep } from 'node:timers/promises';
import { differs, fail, pass, type ConformanceCase, type World } from '../case.ts';
import { begin, type Exchange } from '../exchange.ts';
import { fails, relays } from '../relays.ts';
import { refuses } from '../refuses.ts';
import { echo } from '../upstream.ts';
import { connectWire } from '../wire.ts';

const HOST = 'Host: a.example\r\n';
const get = (target: string) => `GET ${target} HTTP/1.1\r\n${HOST}\r\n`;

/** Asks until it holds; resolves to false when it does not within the time. */
async function eventually(isMet: () => boolean | Promise<boolean>, limitMs: number): Promise<boolean> {
  const deadline = performance.now() + limitMs;
  while (!(await isMet())) {
    if (performance.now() > deadline) return false;
    await sleep(20);
  }
  return true;
}

const ABORTS = 50;
const aborts = [
  ['before the answer', get('/outer')],
  ['in an upload', `POST /outer HTTP/1.1\r\n${HOST}Content-Length: 1000\r\n\r\nhello`],
  ['in a download', get('/outer')],
].map(([variant = '', bytes = '']): ConformanceCase => ({
  id: 'P32',
  variant: `${ABORTS} clients leave ${variant}`,
  level: 'SHOULD',
  rule: 'RFC 9112 9.5',
  expected: 'their requests end upstream within a second, no file descriptor stays',
  async play(world) {
    const { upstream, subject } = world;
    upstream.answer = ({ connection }) => {
      if (variant === 'in a download') connection.wire.send('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhello');
    };
    const before = await subject.openFiles();
    const clients: Exchange[] = [];
    for (let index = 0; index < ABORTS; index += 1) clients.push(await begin(world, bytes));
    const isThere = () =>
      upstream.connections.filter(({ pending, requestCount }) => pending !== '' || requestCount > 0);
    // A proxy may keep an upload to itself until it is whole.
    await eventually(() => isThere().length === ABORTS, 1_000);
    for (const { wire } of clients) wire.socket.resetAndDestroy();
    const hasEnded = await eventually(() => isThere().every(({ wire }) => wire.isClosed), 1_000);
    const left = isThere().filter(({ wire }) => !wire.isClosed).length;
    const isBack = await eventually(async () => (await subject.openFiles()) <= before + 2, 2_000);
    const happened = `${isThere().length} reached the upstream, ${left} still there after a second`;
    if (!isBack) return fail(`${happened}; ${(await subject.openFiles()) - before} file descriptors more than before`);
    return hasEnded ? pass(happened) : differs(happened);
  },
}));

const SLOW_CLIENTS = 50;
/** What the timeouts of the impatient set-up are, plus what a proxy may take to look at its clock. */
const CUT_LIMIT_MS = 4_000;
const GOOD_LIMIT_MS = 1_000;
/** By so many times what a request took when nobody was slow both limits are longer, because of what else the machine does. */
const CALM_FACTOR = 5;
const CALM_REQUESTS = 20;
const slow = [
  ['heads', 'GET /slow HTTP/1.1\r\nHost: a', 'X'],
  ['bodies', `POST /slow HTTP/1.1\r\n${HOST}Content-Length: 100000\r\n\r\n`, 'x'],
  ['heads, with nothing sent at all', '', ''],
].map(([variant = '', start = '', drop = '']): ConformanceCase => ({
  id: 'P34',
  variant: `${SLOW_CLIENTS} slow ${variant}`,
  level: 'SHOULD',
  rule: 'RFC 9110 15.5.9',
  expected: '408 or close within the timeout of a second and its check, others served meanwhile',
  setup: 'impatient',
  async play(world) {
    const slowestOf = async (previousMs: number) => {
      const asked = performance.now();
      using good = await begin(world, get('/good'));
      const isAnswered = (await good.untilAnswered()).final[0]?.status === 200;
      return Math.max(previousMs, isAnswered ? performance.now() - asked : Number.POSITIVE_INFINITY);
    };
    let calmMs = 0;
    for (let index = 0; index < CALM_REQUESTS; index += 1) calmMs = await slowestOf(calmMs);
    const cutLimitMs = CUT_LIMIT_MS + Math.min(CUT_LIMIT_MS, CALM_FACTOR * calmMs);
    const slowOnes: Exchange[] = [];
    for (let index = 0; index < SLOW_CLIENTS; index += 1) slowOnes.push(await begin(world, start));
    const drip = setInterval(() => {
      for (const { wire } of slowOnes) if (!wire.isClosed && drop !== '') wire.send(drop);
    }, 200);
    try {
      let slowestMs = 0;
      const isCut = await eventually(async () => {
        slowestMs = await slowestOf(slowestMs);
        return slowOnes.every(({ wire }) => wire.isClosed);
      }, cutLimitMs);
      const left = slowOnes.filter(({ wire }) => !wire.isClosed).length;
      const happened = isCut ? 'all were cut in time' : `${left} of ${SLOW_CLIENTS} left after ${CUT_LIMIT_MS} ms`;
      if (slowestMs > GOOD_LIMIT_MS + CALM_FACTOR * calmMs)
        return fail(`${happened}; others waited longer than a second`);
      return isCut ? pass(happened) : fail(happened);
    } finally {
      clearInterval(drip);
      for (const { wire } of slowOnes) wire.socket.destroy();
    }
  },
}));

const tooMuch: ConformanceCase[] = [
  refuses({
    id: 'P35',
    variant: 'a header of 16 KiB and a byte',
    level: 'SHOULD',
    rule: 'RFC 6585 5',
    bytes: `GET /outer HTTP/1.1\r\n${HOST}X-A: ${'a'.repeat(16_385)}\r\n\r\n`,
    statuses: [431, 400],
    or: () => 'allowed',
  }),
  refuses({
    id: 'P35',
    variant: '128 headers',
    level: 'SHOULD',
    rule: 'RFC 6585 5',
    bytes: `GET /outer HTTP/1.1\r\n${HOST}${Array.from({ length: 127 }, (_, index) => `X-${index}: 1\r\n`).join('')}\r\n`,
    statuses: [431, 400],
    or: () => 'allowed',
  }),
  refuses({
    id: 'P35',
    variant: 'a target of 64 KiB',
    level: 'MUST',
    rule: 'RFC 9112 3',
    bytes: `GET /${'a'.repeat(65_536)} HTTP/1.1\r\n${HOST}\r\n`,
    statuses: [414],
    or: () => 'allowed',
  }),
];

const BODY_BYTES = 96 * 2 ** 20;
const ALLOWED_GROWTH_BYTES = 32 * 2 ** 20;
const PIECE = 'x'.repeat(2 ** 20);

/** Watches the memory of the proxy while `flow` moves a large body through it. */
async function measureGrowth({ subject }: World, flow: () => Promise<unknown>): Promise<number> {
  const before = await subject.residentBytes();
  let highest = before;
  const timer = setInterval(
    () => void subject.residentBytes().then((bytes) => (highest = Math.max(highest, bytes))),
    50,
  );
  try {
    await flow();
  } finally {
    clearInterval(timer);
  }
  return Math.max(highest, await subject.residentBytes()) - before;
}

const MEBIBYTE = 2 ** 20;
const describeGrowth = (bytes: number) => `RSS grew by ${Math.max(0, Math.round(bytes / MEBIBYTE))} MiB`;

const slowReader: ConformanceCase = {
  id: 'P35',
  variant: `an answer of ${BODY_BYTES / MEBIBYTE} MiB to a client that does not read`,
  level: 'SHOULD',
  rule: 'RFC 9110 17.5',
  expected: 'the upstream has to wait; RSS grows by at most 32 MiB',
  async play(world) {
    world.upstream.answer = ({ connection: { wire } }) => {
      wire.send(`HTTP/1.1 200 OK\r\nContent-Length: ${BODY_BYTES}\r\n\r\n`);
      let sent = 0;
      const more = () => {
        while (sent < BODY_BYTES && !wire.socket.destroyed) {
          sent += PIECE.length;
          if (!wire.socket.write(PIECE)) break;
        }
      };
      wire.socket.on('drain', more);
      more();
    };
    const wire = await connectWire(world.subject.port, { keep: false });
    using _ = wire;
    wire.socket.pause();
    const growth = await measureGrowth(world, async () => {
      wire.send(get('/outer'));
      await sleep(1_500);
    });
    return growth <= ALLOWED_GROWTH_BYTES ? pass(describeGrowth(growth)) : fail(describeGrowth(growth));
  },
};

const slowUpstream: ConformanceCase = {
  id: 'P35',
  variant: `a body of ${BODY_BYTES / MEBIBYTE} MiB to an upstream that does not read`,
  level: 'SHOULD',
  rule: 'RFC 9110 17.5',
  expected: 'the client has to wait; RSS grows by at most 32 MiB',
  async play(world) {
    world.upstream.intercept = ({ wire }) => {
      wire.socket.pause();
      return true;
    };
    using wire = await connectWire(world.subject.port, { keep: false });
    const growth = await measureGrowth(world, async () => {
      wire.send(`POST /outer HTTP/1.1\r\n${HOST}Content-Length: ${BODY_BYTES}\r\n\r\n`);
      for (let sent = 0; sent < BODY_BYTES; sent += PIECE.length) wire.socket.write(PIECE);
      await sleep(1_500);
    });
    return growth <= ALLOWED_GROWTH_BYTES ? pass(describeGrowth(growth)) : fail(describeGrowth(growth));
  },
};

const PIPELINED = 100;
const pipelined: ConformanceCase[] = [
  relays({
    id: 'P36',
    variant: `${PIPELINED} pipelined GETs`,
    level: 'MUST',
    rule: 'RFC 9112 9.3.2',
    expected: 'all answers, in order',
    bytes: Array.from({ length: PIPELINED }, (_, index) => get(`/${index}`)).join(''),
    answers: PIPELINED,
    check: ({ answers: { final } }) => {
      const isInOrder = final.every(({ body }, index) => body === `GET /${index}`);
      return isInOrder && final.length === PIPELINED ? undefined : fails(`${final.length} answers`);
    },
  }),
  relays({
    id: 'P36',
    variant: 'a GET pipelined after a POST',
    level: 'SHOULD',
    rule: 'RFC 9112 9.3.2',
    expected: 'the GET upstream only after the POST was answered',
    bytes: `POST /1 HTTP/1.1\r\n${HOST}Content-Length: 5\r\n\r\nhello${get('/2')}`,
    answers: 2,
    prepare: (upstream) => {
      upstream.answer = (request) => {
        const { wire } = request.connection;
        if (request.method === 'GET') wire.send(echo(request));
        // Long enough for a request that does not wait.
        else
          setTimeout(
            () => wire.send(echo({ method: 'POST', target: `/1 before ${upstream.requests.length - 1}` })),
            60,
          );
      };
    },
    check: ({ answers: { final } }) => {
      if (final[1]?.body !== 'GET /2') return fails(`${final.length} answers`);
      return final[0]?.body === 'POST /1 before 0' ? undefined : fails('the GET was there before the answer');
    },
  }),
  refuses({
    id: 'P36',
    variant: 'an invalid request after two valid ones',
    level: 'MUST',
    rule: 'RFC 9112 9.3.2, 2.2',
    bytes: `${get('/1')}${get('/2')}GET /3 HTTP/1.1\r\n${HOST}X-A : 1\r\n\r\n${get('/4')}`,
    before: ['/1', '/2'],
  }),
  refuses({
    id: 'P36',
    variant: 'nonsense after a valid request',
    level: 'MUST',
    rule: 'RFC 9112 9.3.2, 2.2',
    bytes: `${get('/1')}\x16\x03\x01 nonsense\r\n\r\n${get('/4')}`,
    before: ['/1'],
  }),
  relays({
    id: 'P36',
    variant: 'pipelined, Connection: close in the second of three',
    level: 'MUST',
    rule: 'RFC 9112 9.6',
    expected: 'two answers, then close',
    bytes: `${get('/1')}GET /2 HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n${get('/3')}`,
    answers: 3,
    check: async ({ exchange }) => {
      await exchange.untilClosed();
      const { final } = exchange.answers();
      return final.length === 2 && exchange.wire.isClosed ? undefined : fails(`${final.length} answers`);
    },
  }),
];

export const LOAD_CASES: readonly ConformanceCase[] = [
  ...aborts,
  ...slow,
  ...tooMuch,
  slowReader,
  slowUpstream,
  ...pipelined,
];
