/** P28 to P31 and P33: answers that are odd, broken off, or not asked for, and connections that die. */
import { differs, fail, pass, type ConformanceCase } from '../case.ts';
import { askAside, begin, tell, watch } from '../exchange.ts';
import { valueOf, valuesOf } from '../message.ts';
import { fails, relays, type Finding, type Relayed } from '../relays.ts';
import { echo, type TestUpstream } from '../upstream.ts';

const HOST = 'Host: a.example\r\n';
const GET = `GET /outer HTTP/1.1\r\n${HOST}\r\n`;

/** Answers requests for /outer with these bytes, all others with what they asked for. */
const answerOuterWith =
  (bytes: string, end = false) =>
  (upstream: TestUpstream) => {
    upstream.answer = (request) => {
      const isOuter = request.target === '/outer';
      request.connection.wire.send(isOuter ? bytes : echo(request));
      if (isOuter && end) request.connection.wire.socket.end();
    };
  };

/** Nothing of a body comes out, and neither this connection nor another gets what was left over. */
async function expectNoBody({ exchange, world }: Relayed): Promise<Finding> {
  if (await watch(exchange.wire, () => exchange.answers().rest !== '' || exchange.answers().final.length > 1)) {
    return fails(`the client got ${JSON.stringify(exchange.answers().rest)} after the answer`);
  }
  if (!exchange.wire.isClosed) {
    exchange.wire.send(`GET /next HTTP/1.1\r\n${HOST}\r\n`);
    const [, next] = (await exchange.untilAnswered(2)).final;
    if (next?.body !== 'GET /next') return fails('the next request has no answer of its own');
  }
  const aside = await askAside(world);
  return aside === undefined ? undefined : fails(aside);
}

const withoutBody = [
  ['HEAD with a length', 'HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n'],
  ['HEAD with chunks announced', 'HEAD', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'],
  ['HEAD with a body', 'HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'],
  [
    'HEAD with a body that is an answer',
    'HEAD',
    `HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n${echo({ method: 'GET', target: '/poison' })}`,
  ],
  ['204 with a length', 'GET', 'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n'],
  ['204 with chunks announced', 'GET', 'HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n'],
  ['204 with a body', 'GET', 'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello'],
  ['204 and another answer', 'GET', `HTTP/1.1 204 No Content\r\n\r\n${echo({ method: 'GET', target: '/poison' })}`],
  ['304 with a length', 'GET', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n'],
  ['304 with chunks announced', 'GET', 'HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n'],
  ['304 with a body', 'GET', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\nhello'],
].map(([variant = '', method = '', bytes = '']) =>
  relays({
    id: 'P28',
    variant,
    level: 'MUST',
    rule: 'RFC 9112 6.3, 9.2',
    expected: 'no body out, and every other request its own answer',
    bytes: `${method} /outer HTTP/1.1\r\n${HOST}\r\n`,
    methods: [method, 'GET'],
    prepare: answerOuterWith(bytes),
    check: async (relayed) => {
      const status = relayed.answers.final[0]?.status;
      if (status === 502 && /body|another/.test(variant)) return undefined;
      if (String(status) !== bytes.slice(9, 12)) return fails(`answered ${status}`);
      return expectNoBody(relayed);
    },
  }),
);

const noLengthIn204 = relays({
  id: 'P28',
  variant: 'Content-Length of a 204',
  level: 'MUST',
  rule: 'RFC 9110 8.6',
  expected: 'left out',
  bytes: GET,
  prepare: answerOuterWith('HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n'),
  check: ({ answers: { final } }) => {
    const [answer] = final;
    if (answer?.status !== 204) return fails(`answered ${answer?.status}`);
    return valuesOf(answer, 'Content-Length').length === 0 ? undefined : fails('it went through');
  },
});

const BODY = '\r\nhello';
const invalid = [
  ['two lengths', 'MUST', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n', BODY],
  ['a list of lengths', 'MUST', 'HTTP/1.1 200 OK\r\nContent-Length: 5, 6\r\n', BODY],
  ['a length that is no number', 'MUST', 'HTTP/1.1 200 OK\r\nContent-Length: 5x\r\n', BODY],
  ['a signed length', 'MUST', 'HTTP/1.1 200 OK\r\nContent-Length: +5\r\n', BODY],
  ['no status line', 'MUST', 'hello\r\n', '\r\n'],
  ['a status of two digits', 'MUST', 'HTTP/1.1 20 OK\r\nContent-Length: 5\r\n', BODY],
  ['NUL in a value', 'MUST', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: a\0b\r\n', BODY],
  ['bare CR in a value', 'MUST', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: a\rb\r\n', BODY],
  ['space in a header name', 'SHOULD', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX A: b\r\n', BODY],
  ['HTTP/2.0 in the status line', 'SHOULD', 'HTTP/2.0 200 OK\r\nContent-Length: 5\r\n', BODY],
  [
    'chunk size that is no number',
    'MUST',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n',
    '\r\nxyz\r\nhello\r\n0\r\n\r\n',
  ],
  ['chunked, gzip', 'SHOULD', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\n', '\r\n5\r\nhello\r\n0\r\n\r\n'],
  ['xchunked', 'SHOULD', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\n', '\r\n5\r\nhello\r\n0\r\n\r\n'],
] as const;
const invalidAnswers = invalid.map(([variant, level, head, body]) =>
  relays({
    id: 'P29',
    variant: `an answer with ${variant}`,
    level,
    rule: 'RFC 9112 6.3, 9110 15.6.3',
    expected: variant.startsWith('chunk') ? '502, or cut off' : '502',
    bytes: GET,
    prepare: answerOuterWith(head + body, true),
    check: async ({ answers: { final, fault }, world }): Promise<Finding> => {
      const [answer] = final;
      const aside = await askAside(world);
      if (aside !== undefined) return fails(aside);
      if (answer?.status === 502) return undefined;
      if (fault !== undefined) return fails(`passed on: ${fault}`);
      // A fault in the body may come after the head has been passed on.
      if (answer?.isComplete !== true && variant.startsWith('chunk')) return undefined;
      if (answer === undefined || !answer.isComplete) return { differs: 'cut off' };
      // Left out or made harmless is as good as it gets without a 502, where the length itself is not in doubt.
      return /length|chunk size/.test(variant) ? fails(`passed on as ${answer.body}`) : { differs: 'made harmless' };
    },
  }),
);

const doubtful = [
  [
    'two lengths that are the same',
    'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello',
    /^(?:5)?$/,
  ],
  [
    'length and chunks',
    'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
    /^(?:5)?$/,
  ],
  ['a folded header', 'HTTP/1.1 200 OK\r\nX-A: a\r\n b\r\nContent-Length: 5\r\n\r\nhello', /^(?:5)?$/],
] as const;
const doubtfulAnswers = doubtful.map(([variant, bytes, lengths]) =>
  relays({
    id: 'P29',
    variant: `an answer with ${variant}`,
    level: 'MUST',
    rule: 'RFC 9112 5.2, 6.3, 9110 8.6',
    expected: '502, or one length at the client',
    bytes: GET,
    prepare: answerOuterWith(bytes),
    check: async ({ answers: { final }, world }) => {
      const [answer] = final;
      const aside = await askAside(world);
      if (aside !== undefined) return fails(aside);
      if (answer?.status === 502) return undefined;
      if (answer?.body !== 'hello' || !lengths.test(valueOf(answer, 'Content-Length') ?? ''))
        return fails('not one length');
      return variant === 'a folded header' && valueOf(answer, 'X-A')?.replace(/\s+/g, ' ') !== 'a b'
        ? fails('not one line')
        : undefined;
    },
  }),
);

const brokenOff = [
  ['with a length', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello'],
  ['in chunks', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n'],
  ['within a chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhello'],
  ['within the trailers', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-A: 1'],
].map(([variant = '', bytes = '']) =>
  relays({
    id: 'P30',
    variant: `an answer ${variant} that is broken off`,
    level: 'MUST',
    rule: 'RFC 9112 8',
    expected: 'cut off at the client too, or 502',
    bytes: GET,
    prepare: answerOuterWith(bytes, true),
    check: async ({ answers: { final }, exchange }) => {
      const [answer] = final;
      if (answer?.status === 502) return undefined;
      if (!exchange.wire.isClosed) await exchange.untilClosed();
      const last = exchange.answers().final[0];
      if (last?.isComplete === true) return fails('the client takes it for whole');
      return exchange.wire.isClosed ? undefined : fails('the client is left waiting');
    },
  }),
);

const headBrokenOff = relays({
  id: 'P30',
  variant: 'a head that is broken off',
  level: 'SHOULD',
  rule: 'RFC 9110 15.6.3',
  expected: '502',
  bytes: GET,
  prepare: answerOuterWith('HTTP/1.1 200 OK\r\nContent-', true),
  check: ({ answers: { final } }) =>
    final[0]?.status === 502 ? undefined : { differs: `answered ${final[0]?.status ?? 'nothing'}` },
});

const poisons = [
  ['an answer', echo({ method: 'GET', target: '/poison' })],
  ['half an answer', 'HTTP/1.1 200 OK\r\nX-Poison: '],
  ['408 and close', 'HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'],
].map(([variant = '', poison = '']): ConformanceCase => ({
  id: 'P31',
  variant: `${variant} on an idle connection of the pool`,
  level: 'MUST',
  rule: 'RFC 9112 9.2',
  expected: 'the next request gets its own answer',
  async play(world) {
    using first = await begin(world, `GET /first HTTP/1.1\r\n${HOST}\r\n`);
    await first.untilAnswered();
    const [seen] = world.upstream.requests;
    if (seen === undefined) return fail(tell(world, first));
    const { wire } = seen.connection;
    wire.send(poison);
    // A proxy that looks at its idle connections throws this one away; it gets the time to.
    await watch(wire, () => wire.isClosed);
    first.wire.send(`GET /second HTTP/1.1\r\n${HOST}\r\n`);
    const [, second] = (await first.untilAnswered(2)).final;
    const happened = tell(world, first);
    const aside = await askAside(world);
    if (aside !== undefined || second?.body.includes('poison') === true) return fail(`${happened}; ${aside ?? ''}`);
    if (second?.body === 'GET /second') return pass(happened);
    return second === undefined || second.status >= 500 ? differs(happened) : fail(happened);
  },
}));

/** The upstream cuts a connection as soon as the second request comes on it. */
function deadOnReuse(method: string, expected: string): ConformanceCase {
  const body = method === 'POST' ? 'Content-Length: 5\r\n\r\nhello' : '\r\n';
  return {
    id: 'P33',
    variant: `${method} on a connection that dies`,
    level: method === 'POST' ? 'MUST' : 'SHOULD',
    rule: 'RFC 9110 9.2.2',
    expected,
    async play(world) {
      world.upstream.answer = (request) => {
        const { wire } = request.connection;
        if (request.index === 0) wire.send(echo(request));
        else wire.socket.resetAndDestroy();
      };
      using first = await begin(world, `GET /first HTTP/1.1\r\n${HOST}\r\n`);
      await first.untilAnswered();
      first.wire.send(`${method} /second HTTP/1.1\r\n${HOST}${body}`);
      const [, second] = (await first.untilAnswered(2)).final;
      const happened = tell(world, first);
      const times = world.upstream.requests.filter(({ target }) => target === '/second').length;
      const wasReused = world.upstream.requests.some(({ index }) => index > 0);
      if (!wasReused) return second?.status === 200 ? differs(`${happened}; no connection was reused`) : fail(happened);
      if (method === 'POST')
        return times > 1 ? fail(happened) : second?.status === 502 ? pass(happened) : differs(happened);
      return second?.status === 200 && times === 2 ? pass(happened) : differs(happened);
    },
  };
}

export const ANSWER_CASES: readonly ConformanceCase[] = [
  ...withoutBody,
  noLengthIn204,
  ...invalidAnswers,
  ...doubtfulAnswers,
  ...brokenOff,
  headBrokenOff,
  ...poisons,
  deadOnReuse('GET', 'sent once more, answered 200'),
  deadOnReuse('POST', '502, and once upstream'),
];
