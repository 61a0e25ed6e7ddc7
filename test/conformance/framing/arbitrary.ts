/** Random requests: mostly well-formed ones, with one or two faults of the kind that framing attacks are made of. */
import * as fc from 'fast-check';
import type { Attack } from './play.ts';

const word = fc.stringMatching(/^[a-z]{1,6}$/);
/** Any bytes, now and then; they are what nobody thought of. */
const junk = fc.string({
  unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
  maxLength: 4,
});
const rarely = (usual: string, unusual: fc.Arbitrary<string>, weight = 12) =>
  fc.oneof({ weight, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: unusual });

const lineEnd = rarely('\r\n', fc.constantFrom('\n', '\r', '\r\r\n', '\n\r', ' \r\n', '\r\n '), 60);
const method = fc.oneof(
  fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'HEAD', 'PATCH'),
  rarely('GET', junk),
);
const target = fc.oneof(
  word.map((path) => `/${path}`),
  fc.tuple(word, word).map(([path, query]) => `/${path}?${query}`),
  fc.tuple(word, word).map(([host, path]) => `http://${host}.example/${path}`),
  junk.map((bytes) => `/x${bytes}`),
);
const version = rarely(
  'HTTP/1.1',
  fc.constantFrom('HTTP/1.0', 'HTTP/1.2', 'HTTP/2.0', 'http/1.1', 'HTTP/1.1 ', ''),
  30,
);

const space = rarely(' ', fc.constantFrom('', '\t', '  ', '\x0b', '\0', '\r\n '), 20);
const field = (name: string, value: fc.Arbitrary<string>) =>
  fc
    .tuple(
      rarely(
        name,
        fc.constantFrom(`${name} `, ` ${name}`, name.replace('-', '_'), `${name}\t`, name.toUpperCase()),
        20,
      ),
      space,
      value,
    )
    .map(([key, gap, text]) => `${key}:${gap}${text}`);
const ownField = fc
  .tuple(
    fc.constantFrom('A', 'B', 'C'),
    rarely('1', fc.oneof(word, junk, fc.constantFrom('', '"a, b"', 'a\tb', ' a ')), 3),
  )
  .map(([name, value]) => `X-Fuzz-${name}: ${value}`);
const connection = field(
  'Connection',
  fc.constantFrom('keep-alive', 'X-Other', 'transfer-encoding', 'content-length', 'upgrade', 'te'),
);

const chunkSize = (size: number) =>
  rarely(
    size.toString(16),
    fc.constantFrom(
      `0x${size}`,
      `+${size}`,
      ` ${size}`,
      `${size} `,
      `0${size}`,
      `${size};a=b`,
      `${size};`,
      `${size}\0`,
      '',
      'g',
      'ffffffffffffffffff',
    ),
    15,
  );
/** Well-formed chunks, unless one of their parts is odd. */
const chunkedBody = fc
  .tuple(
    fc.array(
      fc.oneof(
        word,
        fc.constant('0\r\n\r\n'),
        junk.filter((text) => text !== ''),
      ),
      { maxLength: 3 },
    ),
    fc.nat(),
  )
  .chain(([pieces]) =>
    fc.tuple(
      fc.tuple(...pieces.map((piece) => fc.tuple(chunkSize(piece.length), lineEnd, fc.constant(piece), lineEnd))),
      fc.tuple(rarely('0', fc.constantFrom('00', '-0', '0;a', '0 ')), lineEnd),
      rarely('', fc.constantFrom('X-Trailer: 1\r\n', 'Content-Length: 5\r\n', 'no colon\r\n', 'X: \0\r\n'), 8),
      lineEnd,
    ),
  )
  .map(([chunks, last, trailer, end]) => chunks.flat().join('') + last.join('') + trailer + end);

const framed = fc.oneof(
  fc.constant({ fields: [] as string[], body: '' }),
  word.chain((body) =>
    field(
      'Content-Length',
      rarely(String(body.length), fc.constantFrom('+1', '0x1', '1,1', '', '1 1', '-1', '99999999999999999999'), 15),
    ).map((line) => ({ fields: [line], body })),
  ),
  chunkedBody.chain((body) =>
    field(
      'Transfer-Encoding',
      rarely(
        'chunked',
        fc.constantFrom('Chunked', 'chunked, chunked', 'xchunked', 'gzip, chunked', 'chunked;a', ''),
        15,
      ),
    ).map((line) => ({ fields: [line], body })),
  ),
  fc.tuple(word, chunkedBody).map(([length, body]) => ({
    fields: [`Content-Length: ${length.length}`, 'Transfer-Encoding: chunked'],
    body,
  })),
);

const request = fc
  .tuple(
    method,
    target,
    version,
    framed,
    fc.array(fc.oneof({ weight: 4, arbitrary: ownField }, { weight: 1, arbitrary: connection }), { maxLength: 4 }),
  )
  .chain(([verb, path, protocol, { fields, body }, others]) =>
    fc
      .tuple(
        rarely(
          'Host: a.example',
          fc.constantFrom('', 'Host: a.example\r\nHost: b.example', 'Host:', 'Host: a b', 'host:a.example'),
          25,
        ),
        fc.shuffledSubarray([...fields, ...others], { minLength: fields.length + others.length }),
      )
      .chain(([host, rest]) => {
        const lines = [`${verb} ${path} ${protocol}`, ...(host === '' ? [] : [host]), ...rest];
        return fc
          .tuple(...lines.map((line) => lineEnd.map((end) => line + end)), lineEnd)
          .map((parts) => parts.join('') + body);
      }),
  );

/** One to three requests in one piece, at any kind of upstream, now and then cut short. */
export const attacks: fc.Arbitrary<Attack> = fc
  .tuple(
    fc.array(request, { minLength: 1, maxLength: 3 }),
    fc.constantFrom('strict' as const, 'believes-length' as const, 'believes-chunks' as const),
    fc.option(fc.nat(200), { freq: 20 }),
  )
  .map(([requests, kind, cut]) => ({ bytes: requests.join('').slice(0, cut ?? undefined), kind }));
