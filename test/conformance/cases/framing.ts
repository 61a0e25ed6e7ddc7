/** P01 to P10: where a request ends. Each of these has led to requests that one server sees and another does not. */
import type { ConformanceCase } from '../case.ts';
import { differs, fail, pass } from '../case.ts';
import { begin, askAside, tell } from '../exchange.ts';
import { valueOf, valuesOf } from '../message.ts';
import { refuses } from '../refuses.ts';

const HEAD = 'POST /outer HTTP/1.1\r\nHost: a.example\r\n';
const SMUGGLED = 'GET /smuggled HTTP/1.1\r\nHost: a.example\r\n\r\n';
const CHUNKED = 'Transfer-Encoding: chunked\r\n';
const HELLO = '5\r\nhello\r\n0\r\n\r\n';
const LAST_CHUNK = '0\r\n\r\n';

const bothLengths = [
  ['Content-Length, then Transfer-Encoding', `Content-Length: 6\r\n${CHUNKED}`],
  ['Transfer-Encoding, then Content-Length', `${CHUNKED}Content-Length: 6\r\n`],
  ['Content-Length of all that follows', `Content-Length: ${LAST_CHUNK.length + SMUGGLED.length}\r\n${CHUNKED}`],
  ['Content-Length: 0', `Content-Length: 0\r\n${CHUNKED}`],
].map(([variant = '', fields = '']) =>
  refuses({
    id: 'P01',
    variant,
    level: 'MUST',
    rule: 'RFC 9112 6.1, 6.3',
    bytes: `${HEAD}${fields}\r\n${LAST_CHUNK}${SMUGGLED}`,
    or: (seen) => seen.framing === 'chunked' && valuesOf(seen, 'content-length').length === 0,
    orText: 'one request with chunks and no length, then close',
    mustClose: true,
  }),
);

const oldVersion = [
  ['chunked', CHUNKED],
  ['chunked and Content-Length', `Content-Length: 5\r\n${CHUNKED}`],
  ['chunked and keep-alive', `Connection: keep-alive\r\n${CHUNKED}`],
].map(([variant = '', fields = '']) =>
  refuses({
    id: 'P02',
    variant: `HTTP/1.0 with ${variant}`,
    level: 'MUST',
    rule: 'RFC 9112 6.1',
    bytes: `POST /outer HTTP/1.0\r\nHost: a.example\r\n${fields}\r\n${LAST_CHUNK}${SMUGGLED}`,
    or: () => true,
    orText: 'one request, then close',
    mustClose: true,
  }),
);

const otherVersions = ['HTTP/2.0', 'HTTP/0.9'].map((version) =>
  refuses({
    id: 'P02',
    variant: `${version} in the request line`,
    level: 'SHOULD',
    rule: 'RFC 9110 2.5, 15.6.6',
    bytes: `GET /outer ${version}\r\nHost: a.example\r\n\r\n`,
    statuses: [505, 400],
    or: () => 'allowed',
  }),
);

const encodings = [
  ['chunked, gzip', 'chunked, gzip'],
  ['gzip', 'gzip'],
  ['gzip, chunked', 'gzip, chunked'],
  ['chunked, chunked', 'chunked, chunked'],
  ['chunked,gzip,chunked', 'chunked,gzip,chunked'],
  ['empty', ''],
  ['identity', 'identity'],
  ['VT before chunked', '\x0bchunked'],
  ['VT after chunked', 'chunked\x0b'],
  ['xchunked', 'xchunked'],
  ['chunkedx', 'chunkedx'],
  ['"chunked"', '"chunked"'],
  ['chunked;q=1', 'chunked;q=1'],
  ['chunked twice, on two lines', 'chunked\r\nTransfer-Encoding: chunked'],
  ['identity and chunked, on two lines', 'identity\r\nTransfer-Encoding: chunked'],
  ['chunked,', 'chunked,'],
].map(([variant = '', value = '']) =>
  refuses({
    id: 'P03',
    variant: `Transfer-Encoding: ${variant}`,
    level: 'MUST',
    rule: 'RFC 9112 6.1, 6.3',
    bytes: `${HEAD}Transfer-Encoding: ${value}\r\n\r\n${LAST_CHUNK}${SMUGGLED}`,
    statuses: [400, 501],
    // A list with an empty member is a list with one member (RFC 9110 section 5.6.1).
    ...(value === 'chunked,'
      ? { or: (seen) => seen.framing === 'chunked' && valueOf(seen, 'transfer-encoding') === 'chunked' }
      : {}),
  }),
);

const lengths = [
  ...['5,6', '5, 5', '+5', '-0', '-5', '0x5', '5_0', '5 5', '', '5.0', '5e1', '5;', '"5"', '\x0b5', '٥'],
  ...['18446744073709551616', '18446744073709551621', '9'.repeat(40), '5\r\nContent-Length: 6'],
].map((value) =>
  refuses({
    id: value === '5, 5' ? 'P05' : 'P04',
    variant: `Content-Length: ${value.replace('\r\n', ' | ').replace('\x0b', 'VT ') || 'empty'}`,
    level: 'MUST',
    rule: value === '5, 5' ? 'RFC 9110 8.6' : 'RFC 9112 6.3',
    bytes: `${HEAD}Content-Length: ${Buffer.from(value).toString('latin1')}\r\n\r\nhello${value === '5, 5' ? '' : SMUGGLED}`,
    // The same number twice may stand for that number.
    ...(value === '5, 5' ? { or: isHelloWithOneLength, orText: 'one Content-Length upstream' } : {}),
  }),
);

const sameLengthTwice = refuses({
  id: 'P05',
  variant: 'Content-Length: 5, on two lines',
  level: 'MUST',
  rule: 'RFC 9110 8.6',
  bytes: `${HEAD}Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello`,
  or: isHelloWithOneLength,
  orText: 'one Content-Length upstream',
});

function isHelloWithOneLength(seen: Parameters<typeof valuesOf>[0] & { readonly body: string }): boolean {
  return seen.body === 'hello' && valuesOf(seen, 'content-length').join() === '5';
}

const chunkSizes = [
  ...['0x5', '+5', '-5', '5_', ' 5', '5 5', '', 'g', '5,', '\x0b5', '5\x0c', '5\0', '"5"', 'fffffffffffffffff'],
  ...['10000000000000005', '5\t5'],
].map((size) =>
  refuses({
    id: 'P06',
    variant: `chunk size ${JSON.stringify(size)}`,
    level: 'MUST',
    rule: 'RFC 9112 7.1',
    bytes: `${HEAD}${CHUNKED}\r\n${size}\r\nhello\r\n${LAST_CHUNK}`,
  }),
);

const trailingSpace = refuses({
  id: 'P06',
  variant: 'chunk size "5 "',
  level: 'MUST',
  rule: 'RFC 9112 7.1',
  bytes: `${HEAD}${CHUNKED}\r\n5 \r\nhello\r\n${LAST_CHUNK}`,
  // Space there is known from old senders; with the size written anew it does no harm.
  or: (seen) => (seen.body === 'hello' ? 'allowed' : false),
});

const chunkEnds = [
  ['bare LF after the data', '5\r\nhello\n'],
  ['bare CR after the data', '5\r\nhello\r'],
  ['CR and a letter after the data', '5\r\nhello\rX'],
  ['two letters after the data', '5\r\nhelloXX'],
  ['nothing after the data', '5\r\nhello'],
  ['more data than said', '5\r\nhello!\r\n'],
  ['bare LF after the size', '5\nhello\r\n'],
  ['bare CR after the size', '5\rhello\r\n'],
].map(([variant = '', chunk = '']) =>
  refuses({
    id: 'P07',
    variant,
    level: 'MUST',
    rule: 'RFC 9112 7.1, 2.2',
    bytes: `${HEAD}${CHUNKED}\r\n${chunk}${LAST_CHUNK}${SMUGGLED}`,
  }),
);

const isHello = (seen: { readonly body: string }) => (seen.body === 'hello' ? ('allowed' as const) : false);
const extensions = [
  ['64 KiB', 'SHOULD', `;a=${'x'.repeat(65_536)}`],
  ['a bare semicolon', 'SHOULD', ';'],
  ['CR within', 'MUST', ';a\rb'],
  ['bare LF as its end', 'MUST', ';a\n5'],
  ['NUL within', 'MUST', ';a=\0'],
  ['an open quote', 'SHOULD', ';a="b'],
] as const;
const chunkExtensions = extensions.map(([variant, level, extension]) =>
  refuses({
    id: 'P08',
    variant: `chunk extension: ${variant}`,
    level,
    rule: 'RFC 9112 7.1.1',
    bytes: `${HEAD}${CHUNKED}\r\n5${extension}\r\nhello\r\n${LAST_CHUNK}`,
    statuses: [400, 413],
    or: isHello,
    orText: 'the body without it',
  }),
);

const CHUNKED_SMUGGLED = `${SMUGGLED.length.toString(16)}\r\n${SMUGGLED}\r\n${LAST_CHUNK}`;

/** A body that looks like a request, under methods that seldom have one. */
function bodyInside(method: string, connection: string, framing: 'chunks' | 'a length'): ConformanceCase {
  return {
    id: 'P09',
    variant: `${method} with ${framing}, Connection: ${connection}`,
    level: 'MUST',
    rule: 'RFC 9112 6, 9110 9.3',
    expected: 'exactly one request upstream, its body intact, or a refusal',
    async play(world) {
      const field = framing === 'chunks' ? CHUNKED.trim() : `Content-Length: ${SMUGGLED.length}`;
      const body = framing === 'chunks' ? CHUNKED_SMUGGLED : SMUGGLED;
      const head = `${method} /outer HTTP/1.1\r\nHost: a.example\r\nConnection: ${connection}\r\nUpgrade: x\r\n${field}\r\n\r\n`;
      using exchange = await begin(world, head + body);
      const answer = (await exchange.untilAnswered()).final[0];
      const happened = tell(world, exchange);
      const aside = await askAside(world);
      const [seen, ...surplus] = world.upstream.requests.filter(({ target }) => target !== '/aside');
      if (aside !== undefined) return fail(`${happened}; ${aside}`);
      if (world.upstream.refusals.length > 0 || surplus.length > 0) return fail(happened);
      if (seen === undefined) {
        const isRefused = answer !== undefined && answer.status >= 400 && (await exchange.untilClosed());
        return isRefused ? pass(happened) : fail(happened);
      }
      const isIntact = seen.body === SMUGGLED && answer?.body === `${method} /outer`;
      if (!isIntact) return fail(happened);
      return seen.framing === (framing === 'chunks' ? 'chunked' : 'length') ? pass(happened) : differs(happened);
    },
  };
}

const hiddenBodies = ['DELETE', 'OPTIONS'].flatMap((method) =>
  ['keep-alive', 'upgrade', 'transfer-encoding, upgrade', 'close', 'content-length'].flatMap((connection) => [
    bodyInside(method, connection, 'chunks'),
    bodyInside(method, connection, 'a length'),
  ]),
);

/** Bodies of methods that have none by custom, then another request on the same connection. */
function bodyThenNext(method: string): ConformanceCase {
  return {
    id: 'P10',
    variant: `${method} with a body, then a GET`,
    level: 'MUST',
    rule: 'RFC 9112 6.3, 9.3',
    expected: 'each request its own answer, the body framed upstream; or 400 and close',
    async play(world) {
      const outer = `${method} /outer HTTP/1.1\r\nHost: a.example\r\nContent-Length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`;
      using exchange = await begin(world, `${outer}GET /next HTTP/1.1\r\nHost: a.example\r\n\r\n`, [method, 'GET']);
      const { final } = await exchange.untilAnswered(2);
      const happened = tell(world, exchange);
      const aside = await askAside(world);
      const seen = world.upstream.requests.filter(({ target }) => target !== '/aside');
      if (aside !== undefined) return fail(`${happened}; ${aside}`);
      if (world.upstream.refusals.length > 0) return fail(happened);
      if (seen.length === 0 && final[0]?.status === 400 && exchange.wire.isClosed) return pass(happened);
      const targets = seen.map(({ target }) => target).join();
      if (targets !== '/outer,/next' || seen[0]?.body !== SMUGGLED) return fail(happened);
      return final[1]?.body === 'GET /next' ? pass(happened) : fail(happened);
    },
  };
}

const plainChunks: ConformanceCase = {
  id: 'P10',
  variant: 'POST in chunks, then a GET',
  level: 'MUST',
  rule: 'RFC 9112 7.1',
  expected: 'both answered, the body intact',
  async play(world) {
    using exchange = await begin(world, `${HEAD}${CHUNKED}\r\n${HELLO}GET /next HTTP/1.1\r\nHost: a.example\r\n\r\n`);
    const { final } = await exchange.untilAnswered(2);
    const [seen] = world.upstream.requests;
    const isGood = final[1]?.body === 'GET /next' && seen?.body === 'hello' && world.upstream.refusals.length === 0;
    return isGood ? pass(tell(world, exchange)) : fail(tell(world, exchange));
  },
};

export const FRAMING_CASES: readonly ConformanceCase[] = [
  ...bothLengths,
  ...oldVersion,
  ...otherVersions,
  ...encodings,
  ...lengths,
  sameLengthTwice,
  ...chunkSizes,
  trailingSpace,
  ...chunkEnds,
  ...chunkExtensions,
  ...hiddenBodies,
  ...['GET', 'HEAD', 'OPTIONS'].map(bodyThenNext),
  plainChunks,
];
