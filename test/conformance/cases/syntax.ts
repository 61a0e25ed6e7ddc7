/** P11 to P16 and P21: heads that two programs could read differently. */
import type { ConformanceCase } from '../case.ts';
import { differs, fail, pass } from '../case.ts';
import { begin, tell } from '../exchange.ts';
import { valueOf, valuesOf } from '../message.ts';
import { refuses } from '../refuses.ts';

const GET = 'GET /outer HTTP/1.1\r\n';
const HOST = 'Host: a.example\r\n';
const HEAD = `${GET}${HOST}`;

const folds = [
  ['with a space', 'X-A: one\r\n two', 'one two'],
  ['with a tab', 'X-A: one\r\n\ttwo', 'one two'],
  ['in the first line of a value', 'X-A:\r\n one', 'one'],
].map(([variant = '', field = '', folded = '']) =>
  refuses({
    id: 'P11',
    variant: `folded header, ${variant}`,
    level: 'MUST',
    rule: 'RFC 9112 5.2',
    bytes: `${HEAD}${field}\r\n\r\n`,
    or: (seen) => valueOf(seen, 'X-A')?.replace(/[ \t]+/g, ' ') === folded,
    orText: 'one line with a space',
  }),
);

const foldedFraming = [
  'Transfer-Encoding:\r\n chunked',
  'Transfer-Encoding: chunked\r\n ,gzip',
  'X-A: 1\r\n Transfer-Encoding: chunked',
].map((field) =>
  refuses({
    id: 'P11',
    variant: field.replace('\r\n', ' | '),
    level: 'MUST',
    rule: 'RFC 9112 5.2',
    bytes: `POST /outer HTTP/1.1\r\n${HOST}${field}\r\n\r\n${field.startsWith('X-A') ? '' : '0\r\n\r\n'}`,
    or: (seen) => (field.startsWith('X-A') ? 'allowed' : seen.framing === 'chunked'),
    statuses: [400, 501],
    orText: 'one line with a space',
  }),
);

const names = [
  ['space before the colon', 'X-A : 1'],
  ['tab before the colon', 'X-A\t: 1'],
  ['space before the colon of Content-Length', 'Content-Length : 5'],
  ['space before the colon of Transfer-Encoding', 'Transfer-Encoding : chunked'],
  ['empty name', ': 1'],
  ['no colon', 'X-A'],
  ['[ in the name', 'X[A: 1'],
  ['byte 0x80 in the name', 'X\x80A: 1'],
  ['NUL in the name', 'X\0A: 1'],
  ['space within the name', 'X A: 1'],
  ['( in the name', 'X(A: 1'],
].map(([variant = '', field = '']) =>
  refuses({
    id: 'P12',
    variant,
    level: 'MUST',
    rule: variant.includes('before the colon') ? 'RFC 9112 5.1' : 'RFC 9110 5.1, 2.2',
    bytes: `${HEAD}${field}\r\n\r\n`,
    // The line may be left out; whatever stays has to be as the grammar says, or the strict upstream refuses it.
    or: () => (variant.includes('before the colon') ? false : 'allowed'),
  }),
);

const leadingSpace = refuses({
  id: 'P12',
  variant: 'space before the first header',
  level: 'MUST',
  rule: 'RFC 9112 2.2',
  bytes: `${GET} X-A: 1\r\n${HOST}\r\n`,
  or: (seen) => (valuesOf(seen, 'X-A').length === 0 ? 'allowed' : false),
});

const values = [
  ['NUL', 'a\0b'],
  ['CR', 'a\rb'],
  ['LF', 'a\nX-B: b'],
  ['CR at the end', 'a\r'],
].map(([variant = '', value = '']) =>
  refuses({
    id: 'P13',
    variant: `${variant} in a value`,
    level: 'MUST',
    rule: 'RFC 9110 5.5',
    bytes: `${HEAD}X-A: ${value}\r\n\r\n`,
    // A line feed alone may be taken for the end of a line (RFC 9112 section 2.2).
    or: (seen) => (/^a ?b?$/.test(valueOf(seen, 'X-A') ?? '') ? 'allowed' : false),
    orText: 'a space in its place',
  }),
);

const controlCharacters = [
  ['BEL', 'a\x07b'],
  ['DEL', 'a\x7fb'],
].map(([variant = '', value = '']) =>
  refuses({
    id: 'P13',
    variant: `${variant} in a value`,
    level: 'SHOULD',
    rule: 'RFC 9110 5.5',
    bytes: `${HEAD}X-A: ${value}\r\n\r\n`,
    or: () => 'allowed',
  }),
);

const oddValues = [
  ['0xA0 around a value', '\xa0a\xa0'],
  ['0x85 around a value', '\x85a\x85'],
  ['UTF-8 in a value', 'gr\xc3\xbcn'],
].map(([variant = '', value = '']) =>
  refuses({
    id: 'P13',
    variant,
    level: 'MUST',
    rule: 'RFC 9110 5.5',
    bytes: `${HEAD}X-A: ${value}\r\n\r\n`,
    or: (seen) => valueOf(seen, 'X-A') === value,
    orText: 'the same bytes upstream',
  }),
);

const bareLineFeeds = refuses({
  id: 'P13',
  variant: 'lines that end with LF alone',
  level: 'SHOULD',
  rule: 'RFC 9112 2.2',
  bytes: 'GET /outer HTTP/1.1\nHost: a.example\n\n',
  or: () => 'allowed',
});

const hosts = [
  ['missing', 'MUST', ''],
  ['twice, different', 'MUST', `${HOST}Host: b.example\r\n`],
  ['twice, the same', 'MUST', `${HOST}${HOST}`],
  ['with a user', 'MUST', 'Host: user@a.example\r\n'],
  ['with a path', 'MUST', 'Host: a.example/path\r\n'],
  ['a list', 'MUST', 'Host: a.example, b.example\r\n'],
  ['with a space', 'MUST', 'Host: a.example b.example\r\n'],
  ['with a port that is no number', 'MUST', 'Host: a.example:80x\r\n'],
  ['with a query', 'MUST', 'Host: a.example?x\r\n'],
  ['with an open bracket', 'MUST', 'Host: [::1\r\n'],
] as const;
const badHosts = hosts.map(([variant, level, fields]) =>
  refuses({ id: 'P14', variant: `Host ${variant}`, level, rule: 'RFC 9112 3.2', bytes: `${GET}${fields}\r\n` }),
);

const emptyHost = refuses({
  id: 'P14',
  variant: 'Host empty',
  level: 'SHOULD',
  rule: 'RFC 9112 3.2',
  bytes: `${GET}Host:\r\n\r\n`,
  or: () => 'allowed',
});

/** The host of the target counts, whatever Host says. */
function absoluteTarget(variant: string, target: string, fields: string, host: string, path: string): ConformanceCase {
  return {
    id: 'P15',
    variant,
    level: 'MUST',
    rule: 'RFC 9112 3.2.2',
    expected: `Host: ${host} upstream`,
    async play(world) {
      using exchange = await begin(world, `GET ${target} HTTP/1.1\r\n${fields}\r\n`);
      const { final } = await exchange.untilAnswered();
      const [seen] = world.upstream.requests;
      const happened = `${tell(world, exchange)}, Host: ${seen === undefined ? '-' : valuesOf(seen, 'host').join(' | ')}`;
      if (seen === undefined && (final[0]?.status ?? 0) >= 400) return differs(happened);
      if (seen === undefined || final[0]?.status !== 200) return fail(happened);
      const isSamePath = seen.target === path || seen.target === target;
      return valuesOf(seen, 'host').join(' | ') === host && isSamePath ? pass(happened) : fail(happened);
    },
  };
}

const absoluteTargets = [
  absoluteTarget('absolute target, another Host', 'http://b.example/x?y', HOST, 'b.example', '/x?y'),
  absoluteTarget('absolute target with a port', 'http://b.example:81/x', HOST, 'b.example:81', '/x'),
  absoluteTarget('absolute target without a path', 'http://b.example?y', HOST, 'b.example', '/?y'),
  absoluteTarget('absolute target, the same Host', 'HTTP://a.example/x', HOST, 'a.example', '/x'),
];

const noHostInTarget = refuses({
  id: 'P15',
  variant: 'absolute target without a host',
  level: 'MUST',
  rule: 'RFC 9110 4.2.1',
  bytes: `GET http:///x HTTP/1.1\r\n${HOST}\r\n`,
});

const targets = [
  ...[
    '/a%00b',
    '/a%0d%0ab',
    '/a\\b',
    '/%c0%af',
    '/\xc0\xaf',
    '//evil.example/',
    '/..;/x',
    '/../x',
    '/a/./b',
    '/%2e%2e/x',
  ],
  ...['/a"b', '/a|b', '/a{b}', '/a^b', '/a?b?c', '/;a=b', '/a//b'],
].map((target) =>
  refuses({
    id: 'P16',
    variant: `target ${JSON.stringify(target)}`,
    level: 'MUST',
    rule: 'RFC 9110 7.1, 9112 3.2',
    bytes: `GET ${target} HTTP/1.1\r\n${HOST}\r\n`,
    or: (seen) => seen.target === target && valuesOf(seen, 'host').join(' | ') === 'a.example',
    orText: 'the same path and Host upstream',
  }),
);

const badTargets = [
  ['a fragment', '/a#b'],
  ['a space', '/a b'],
  ['a tab', '/a\tb'],
  ['a CR', '/a\rb'],
  ['a NUL', '/a\0b'],
  ['no slash', 'a'],
  ['another scheme', 'ftp://a.example/'],
  ['two spaces', ' /a'],
].map(([variant = '', target = '']) =>
  refuses({
    id: 'P16',
    variant: `target with ${variant}`,
    level: ['a fragment', 'two spaces', 'another scheme'].includes(variant) ? 'SHOULD' : 'MUST',
    rule: 'RFC 9112 3, 3.2',
    bytes: `GET ${target} HTTP/1.1\r\n${HOST}\r\n`,
    ...(variant === 'a fragment' ? { or: (seen) => (seen.target === '/a' ? 'allowed' : false) } : {}),
    ...(variant === 'two spaces' ? { or: (seen) => (seen.target === '/a' ? 'allowed' : false) } : {}),
  }),
);

const underscoreNames = [
  'X_Forwarded_For: 203.0.113.9',
  'X-Forwarded_For: 203.0.113.9',
  'Content_Length: 5',
  'Transfer_Encoding: chunked',
].map((field) => {
  const [name = ''] = field.split(':');
  return refuses({
    id: 'P21',
    variant: `header ${name}`,
    level: 'SHOULD',
    rule: 'RFC 3875 4.1.18',
    // To whom the underscore is a hyphen, such a header frames a body or speaks for a proxy.
    bytes: `POST /outer HTTP/1.1\r\n${HOST}${field}\r\nContent-Length: 0\r\n\r\n`,
    or: (seen) => valuesOf(seen, name).length === 0,
    orText: 'the header left out',
  });
});

export const SYNTAX_CASES: readonly ConformanceCase[] = [
  ...folds,
  ...foldedFraming,
  ...names,
  leadingSpace,
  ...values,
  ...controlCharacters,
  ...oddValues,
  bareLineFeeds,
  ...badHosts,
  emptyHost,
  ...absoluteTargets,
  noHostInTarget,
  ...targets,
  ...badTargets,
  ...underscoreNames,
];
