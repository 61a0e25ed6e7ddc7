/** The strict reading of answers, whole and byte by byte. */
import { expect, test } from 'vitest';
import { InvalidAnswerError } from './field-lines.ts';
import { ResponseParser, type AnswerHead } from './response-parser.ts';

interface Reading {
  readonly informations: number[];
  readonly heads: AnswerHead[];
  readonly body: string;
  readonly trailers: readonly string[] | undefined;
  /** What follows the answer. */
  readonly rest: string;
}

/** Reads one answer that arrives in pieces of that size, and then the end of the connection if told. */
function read(
  answer: string,
  { pieceSize = answer.length, method = 'GET', isUpgrade = false, isEnded = false } = {},
): Reading {
  const informations: number[] = [];
  const heads: AnswerHead[] = [];
  let body = '';
  let rest = '';
  let trailers: readonly string[] | undefined;
  const parser = new ResponseParser({
    onInformation: ({ status }) => informations.push(status),
    onHead: (head) => heads.push(head),
    onData: (chunk) => (body += chunk.toString('latin1')),
    onEnd: (fields) => (trailers = fields),
  });
  parser.expect(method, isUpgrade);
  const bytes = Buffer.from(answer, 'latin1');
  // One buffer for all pieces, as the connections have it: what is kept must have been copied.
  const shared = Buffer.alloc(pieceSize);
  for (let index = 0; index < bytes.length; index += pieceSize) {
    const size = bytes.copy(shared, 0, index, index + pieceSize);
    rest += parser.read(shared.subarray(0, size)).toString('latin1');
  }
  if (isEnded) parser.end();
  return { informations, heads, body, trailers, rest };
}

const WHOLE: [string, string, Partial<Reading>][] = [
  ['a length', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello', { body: 'hello', trailers: [], rest: '' }],
  ['a length of 0', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', { body: '', trailers: [] }],
  ['no reason', 'HTTP/1.1 200\r\ncontent-length:2\r\n\r\nok', { body: 'ok', trailers: [] }],
  [
    'chunks with extensions',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n5;a=b;c="d"\r\nhello\r\n00A\r\n0123456789\r\n0\r\n\r\n',
    { body: 'hello0123456789', trailers: [] },
  ],
  [
    'trailers',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0;x\r\nX-Sum: 1\r\nX-Two:\t2 \r\n\r\n',
    { body: 'a', trailers: ['X-Sum', '1', 'X-Two', '2'] },
  ],
  [
    'interim answers before it',
    'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n',
    { informations: [100, 103], body: '', trailers: [] },
  ],
  ['a status without content', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n', { body: '', trailers: [] }],
  [
    'another answer behind it',
    'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n\r\n',
    { body: 'ok', rest: 'HTTP/1.1 200 OK\r\n\r\n' },
  ],
  [
    'bytes behind the last chunk',
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\nmore',
    { body: 'ok', trailers: [], rest: 'more' },
  ],
  ['bytes behind no content', 'HTTP/1.1 204 No\r\n\r\nstray', { body: '', trailers: [], rest: 'stray' }],
];

test.each(WHOLE)('reads an answer with %s, however it is cut', (_case, answer, expected) => {
  const whole = read(answer);
  expect(whole).toMatchObject(expected);
  for (const pieceSize of [1, 2, 3, 5, 7, 16]) expect(read(answer, { pieceSize })).toStrictEqual(whole);
});

test('keeps names, values, order and repeats, and the bytes above 127', () => {
  const [head] = read(
    'HTTP/1.1 200 Fin\xe9\r\nX-a: 1\r\nx-A:  a:b \t\r\nX-B:\r\nX-C: \xa0\xff\xa0\r\nContent-Length: 0\r\n\r\n',
  ).heads;
  expect(head?.reason).toBe('Fin\xe9');
  expect(head?.rawHeaders).toStrictEqual([
    ...['X-a', '1', 'x-A', 'a:b', 'X-B', '', 'X-C', '\xa0\xff\xa0', 'Content-Length', '0'],
  ]);
});

test('reads up to the end of the connection what has no other end', () => {
  const answer = 'HTTP/1.1 200 OK\r\n\r\nhello';
  expect(read(answer)).toMatchObject({ body: 'hello', trailers: undefined });
  expect(read(answer, { isEnded: true })).toMatchObject({ body: 'hello', trailers: [] });
});

test.each([
  ['within the head', 'HTTP/1.1 200 OK\r\nContent-Le'],
  ['within a length', 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf'],
  ['before the last chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n'],
  ['within the trailers', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-A: 1\r\n'],
  ['after an interim answer', 'HTTP/1.1 103 Early Hints\r\n\r\n'],
])('does not take the end of the connection %s for the end of the answer', (_case, answer) => {
  expect(read(answer, { isEnded: true }).trailers).toBeUndefined();
});

test('reads no body in the answer to HEAD, whatever it says', () => {
  for (const framing of ['Content-Length: 5', 'Transfer-Encoding: chunked', 'X-A: 1']) {
    const reading = read(`HTTP/1.1 200 OK\r\n${framing}\r\n\r\n`, { method: 'HEAD' });
    expect(reading).toMatchObject({ body: '', trailers: [], heads: [{ isPersistent: true }] });
  }
});

test('hands over what follows a switch of protocols that was asked for', () => {
  const answer = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: WebSocket\r\n\r\nframe';
  for (const pieceSize of [answer.length, 1]) {
    const reading = read(answer, { pieceSize, isUpgrade: true });
    expect(reading).toMatchObject({ rest: 'frame', heads: [{ status: 101, upgrade: 'WebSocket' }] });
  }
});

test.each<[string, string, Partial<AnswerHead>]>([
  ['by default', 'HTTP/1.1 200 OK\r\nContent-Length: 0', { isPersistent: true, keepAliveMs: undefined }],
  ['not after close', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: x, Close', { isPersistent: false }],
  ['not in HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 0', { isPersistent: false }],
  [
    'in HTTP/1.0 if it says so',
    'HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: Keep-Alive',
    { isPersistent: true },
  ],
  ['not without an end', 'HTTP/1.1 200 OK', { isPersistent: false, framing: 'until-close' }],
  ['not after a body that may not be', 'HTTP/1.1 204 No\r\nContent-Length: 5', { isPersistent: false }],
  ['as long as it says', 'HTTP/1.1 204 No\r\nKeep-Alive: timeout=7, max=9', { keepAliveMs: 7_000 }],
])('lets the connection be used again %s', (_case, head, expected) => {
  expect(read(`${head}\r\n\r\n`).heads).toMatchObject([expected]);
});

const LENGTHS = ['', '+5', '-0', '0x5', '5_0', '5 5', '5,5', '"5"', '5.0', '1e3', '18446744073709551616', '\xa05'];
const ENCODINGS = [
  '',
  'gzip',
  'xchunked',
  'chunked, chunked',
  'gzip, chunked',
  'chunked, gzip',
  'chunked;q=1',
  '\xa0chunked',
];
const OK_HEAD = 'HTTP/1.1 200 OK\r\n';
const CHUNKED_HEAD = `${OK_HEAD}Transfer-Encoding: chunked\r\n\r\n`;
const BAD: [string, string][] = [
  ...LENGTHS.map((value): [string, string] => [
    `the length ${JSON.stringify(value)}`,
    `${OK_HEAD}Content-Length: ${value}\r\n\r\n`,
  ]),
  ...ENCODINGS.map((value): [string, string] => [
    `the encoding ${JSON.stringify(value)}`,
    `${OK_HEAD}Transfer-Encoding: ${value}\r\n\r\n`,
  ]),
  ['two lengths that differ', `${OK_HEAD}Content-Length: 2\r\nContent-Length: 3\r\n\r\n`],
  ['two lengths that do not', `${OK_HEAD}Content-Length: 2\r\ncontent-length: 2\r\n\r\n`],
  ['a length and chunks', `${OK_HEAD}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n`],
  ['chunks twice', `${OK_HEAD}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n`],
  ['chunks in HTTP/1.0', 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'],
  ['no status line', 'hello\r\n\r\n'],
  ['another protocol', 'SSH-2.0-OpenSSH\r\n'],
  ['HTTP/2', 'HTTP/2 200 OK\r\n\r\n'],
  ['HTTP/1.2', 'HTTP/1.2 200 OK\r\n\r\n'],
  ['a lower-case protocol', 'http/1.1 200 OK\r\n\r\n'],
  ['a short status', 'HTTP/1.1 20 OK\r\n\r\n'],
  ['a long status', 'HTTP/1.1 2000 OK\r\n\r\n'],
  ['a status below 100', 'HTTP/1.1 099 OK\r\n\r\n'],
  ['two spaces', 'HTTP/1.1  200 OK\r\n\r\n'],
  ['a folded header', `${OK_HEAD}X-A: 1\r\n 2\r\nContent-Length: 0\r\n\r\n`],
  ['a space at the first header', `${OK_HEAD} X-A: 1\r\n\r\n`],
  ['a space before the colon', `${OK_HEAD}Content-Length : 0\r\n\r\n`],
  ['a header without a colon', `${OK_HEAD}nonsense\r\n\r\n`],
  ['a header without a name', `${OK_HEAD}: 1\r\n\r\n`],
  ['a bare line feed', 'HTTP/1.1 200 OK\nContent-Length: 0\n\n'],
  ['a bare line feed in a value', `${OK_HEAD}X-A: 1\nX-B: 2\r\n\r\n`],
  ['a bare carriage return', `${OK_HEAD}X-A: 1\rX-B: 2\r\n\r\n`],
  ['a NUL', `${OK_HEAD}X-A: 1\0\r\n\r\n`],
  ['a switch that nobody asked for', 'HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n'],
  ['too many interim answers', 'HTTP/1.1 103 Hints\r\n\r\n'.repeat(17)],
  ['a head that is too large', `${OK_HEAD}X-A: ${'a'.repeat(70_000)}\r\n\r\n`],
  ['a head without an end', `${OK_HEAD}${'X-A: 1\r\n'.repeat(9_000)}`],
  ...['0x5', '+5', '5_', ' 5', '5 ', '', '-1', '00000000000000005', 'fffffffffffff', 'g', ';a'].map(
    (size): [string, string] => [
      `the chunk size ${JSON.stringify(size)}`,
      `${CHUNKED_HEAD}${size}\r\nhello\r\n0\r\n\r\n`,
    ],
  ),
  ['a chunk size with a bare line feed', `${CHUNKED_HEAD}5\nhello\r\n0\r\n\r\n`],
  ['a chunk size with a bare carriage return', `${CHUNKED_HEAD}5\rhello\r\n0\r\n\r\n`],
  ['a chunk that is longer than it says', `${CHUNKED_HEAD}4\r\nhello\r\n0\r\n\r\n`],
  ['a chunk that ends with a line feed', `${CHUNKED_HEAD}5\r\nhello\n0\r\n\r\n`],
  ['a line end in a chunk extension', `${CHUNKED_HEAD}5;a\nb\r\nhello\r\n0\r\n\r\n`],
  ['large chunk extensions', `${CHUNKED_HEAD}${`1;${'a'.repeat(500)}\r\na\r\n`.repeat(10)}0\r\n\r\n`],
  ['large trailers', `${CHUNKED_HEAD}0\r\nX-A: ${'a'.repeat(17_000)}\r\n\r\n`],
  ['a bad trailer', `${CHUNKED_HEAD}0\r\nX-A : 1\r\n\r\n`],
  ['a bare line feed after the last chunk', `${CHUNKED_HEAD}0\r\n\n`],
];

test.each(BAD)('refuses %s, however it is cut', (_case, answer) => {
  for (const pieceSize of [answer.length, 1]) expect(() => read(answer, { pieceSize })).toThrow(InvalidAnswerError);
});

test('hears nothing more after it was told to stop', () => {
  const events: string[] = [];
  const parser: ResponseParser = new ResponseParser({
    onInformation: () => events.push('information'),
    onHead() {
      events.push('head');
      parser.stop();
    },
    onData: () => events.push('data'),
    onEnd: () => events.push('end'),
  });
  parser.expect('GET', false);
  parser.read(Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'));
  expect(events).toStrictEqual(['head']);
});
