/** Hundreds of ways to write a Transfer-Encoding that some server takes for chunked and another does not. */
import type { UpstreamKind } from '../upstream.ts';
import type { Attack } from './play.ts';

const SMUGGLED = 'GET /smuggled HTTP/1.1\r\nHost: a.example\r\n\r\n';
const KINDS: readonly UpstreamKind[] = ['strict', 'believes-length', 'believes-chunks'];

const oddBytes = [...Array.from({ length: 33 }, (_, code) => code), 0x7f, 0x80, 0x85, 0xa0, 0xff].map((code) =>
  String.fromCharCode(code),
);
const marks = [
  '"',
  "'",
  ',',
  ';',
  '.',
  '_',
  '-',
  '+',
  '=',
  '(',
  ')',
  '[',
  '{',
  '\\',
  '%20',
  '%0d%0a',
  ',,',
  ', ,',
  ';q=1',
];

/** Lines that say Transfer-Encoding somehow; the first is the only one that everybody understands. */
function transferEncodingLines(): string[] {
  const cases = [
    'transfer-encoding',
    'TRANSFER-ENCODING',
    'tRANSFER-eNCODING',
    'Transfer_Encoding',
    'Transfer Encoding',
    'TransferEncoding',
  ];
  const values = [
    'Chunked',
    'CHUNKED',
    'cHuNkEd',
    'chunked chunked',
    'chunk',
    'chunkedd',
    'x-chunked',
    'identity',
    'gzip',
    'trailers',
    '',
  ];
  const around = [...oddBytes, ...marks];
  const lists = ['gzip', 'identity', 'chunked', 'x', ''].flatMap((other) => [
    `${other}, chunked`,
    `chunked, ${other}`,
    `chunked,${other}`,
  ]);
  return [
    'Transfer-Encoding: chunked',
    ...cases.map((name) => `${name}: chunked`),
    ...values.map((value) => `Transfer-Encoding: ${value}`),
    ...lists.map((value) => `Transfer-Encoding: ${value}`),
    ...around.flatMap((byte) => [
      `Transfer-Encoding${byte}: chunked`,
      `${byte}Transfer-Encoding: chunked`,
      `Transfer${byte}-Encoding: chunked`,
      `Transfer-Encoding:${byte}chunked`,
      `Transfer-Encoding: chunked${byte}`,
      `Transfer-Encoding: chu${byte}nked`,
      `Transfer-Encoding: ${byte}chunked${byte}`,
    ]),
    ...['\r\n ', '\r\n\t', '\n ', '\r ', '\r\n  \r\n '].flatMap((fold) => [
      `Transfer-Encoding:${fold}chunked`,
      `Transfer-Encoding: chunked${fold}`,
      `Transfer-Encoding: chunked${fold}, gzip`,
      `X-Fuzz-Fold: 1${fold}Transfer-Encoding: chunked`,
    ]),
    ...['\r\n', '\n', '\r'].flatMap((end) => [
      `Transfer-Encoding: chunked${end}Transfer-Encoding: chunked`,
      `Transfer-Encoding: chunked${end}Transfer-Encoding: identity`,
      `Transfer-Encoding: identity${end}Transfer-Encoding: chunked`,
      `Transfer-Encoding: gzip${end}Transfer-Encoding: chunked`,
      `X-Fuzz-End: 1${end}Transfer-Encoding: chunked`,
    ]),
  ];
}

const LENGTHS = [
  '',
  'Content-Length: 0',
  'Content-Length: 5',
  'Content-Length: 5, 5',
  'Content-Length : 5',
  'Content_Length: 5',
];

/** The mutations alone, beside a length before and after; each before upstreams of every kind, spread over the three. */
export function mutations(): Attack[] {
  const attacks: Attack[] = [];
  for (const line of transferEncodingLines()) {
    for (const [form, fields] of [[line], ['Content-Length: 5', line], [line, 'Content-Length: 5']].entries()) {
      attacks.push(attack(fields, KINDS[(attacks.length + form) % KINDS.length] ?? 'strict'));
    }
  }
  return attacks;
}

/** Every combination of a few lengths and a few encodings, in both orders, at every kind of upstream. */
export function matrix(): Attack[] {
  const encodings = [
    '',
    'Transfer-Encoding: chunked',
    'Transfer-Encoding: identity',
    'Transfer-Encoding : chunked',
    'Transfer-Encoding: chunked, chunked',
  ];
  return LENGTHS.flatMap((length) =>
    encodings.flatMap((encoding) =>
      KINDS.flatMap((kind) => [attack([length, encoding], kind), attack([encoding, length], kind)]),
    ),
  );
}

function attack(fields: readonly string[], kind: UpstreamKind): Attack {
  const lines = fields.filter((field) => field !== '').map((field) => `${field}\r\n`);
  const head = `POST /outer HTTP/1.1\r\nHost: a.example\r\nX-Fuzz-A: 1\r\n${lines.join('')}X-Fuzz-B: 2\r\n\r\n`;
  // By length the body is five bytes and a request follows; by chunks it is empty and the same request follows.
  return { bytes: `${head}0\r\n\r\n${SMUGGLED}`, kind };
}
