/** Where a secret may be, and what comes out: never the secret. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lineScanner } from './line-traits.ts';
import { readConfig, transform } from './parse-test-support.ts';
import { Redactor } from './redactor.ts';
import { isCardNumber, isSecretName, SECRET_PATTERNS } from './secrets.ts';
import { SUSPECT } from './text-scanner.ts';

const CANARY = 'c4nary-S3cret_91';
const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjNG5hcnkifQ.c2lnbmF0dXJl-c4nary';
const TOKENS = [
  'ghp_c4naryC4NARYc4naryC4NARYc4naryC4NARY',
  'github_pat_11C4NARY_c4naryC4NARYc4naryC4NARY',
  'glpat-c4naryC4NARYc4naryC4',
  'xoxb-275955368585-793889236027-c4naryC4NARYc4nary',
  // In pieces, because scanners of repositories take it for a real one.
  ['sk', 'live', 'c4naryC4NARYc4naryC4NARY'].join('_'),
  'AIzac4naryC4NARYc4naryC4NARYc4naryC4NAR',
  'npm_c4naryC4NARYc4naryC4NARYc4naryC4NARY',
];
const KEY_BLOCK = `-----BEGIN RSA PRIVATE KEY-----\n${CANARY}\n-----END RSA PRIVATE KEY-----`;
const nested = { a: { b: [{ c: { d: { e: { password: CANARY } } } }] } };

const JSON_PARSER = '[{ type: json }]';
const REGEX = String.raw`[{ type: regex, pattern: '^(?<level>[A-Z]+) (?<msg>.*)$', stack: '^  at ', fields: { pattern: '^  \.(?<key>[\w-]+) = (?<value>.*)$' } }]`;
const CHAIN = '[{ type: json }, { type: logfmt }]';

describe('a secret does not come out', () => {
  test.each([
    ['of a key', JSON_PARSER, JSON.stringify({ password: CANARY })],
    ['of a key with another spelling', JSON_PARSER, JSON.stringify({ 'X-Api-Key': CANARY, dbPassword: CANARY })],
    ['nested six levels deep', JSON_PARSER, JSON.stringify(nested)],
    ['in an array after its name', JSON_PARSER, JSON.stringify({ headers: ['Authorization', CANARY] })],
    ['in a pair of name and value', JSON_PARSER, JSON.stringify({ headers: [{ name: 'cookie', value: CANARY }] })],
    ['all of an object under a key', JSON_PARSER, JSON.stringify({ credentials: { a: CANARY, b: [CANARY] } })],
    ['in JSON in a text in JSON', JSON_PARSER, JSON.stringify({ body: JSON.stringify({ x: JSON.stringify(nested) }) })],
    ['in a key', JSON_PARSER, JSON.stringify({ [`token=${CANARY}`]: 1, a: { [`Bearer ${CANARY}`]: 1 } })],
    [
      'that is a key of JSON',
      JSON_PARSER,
      JSON.stringify({ msg: TOKENS[0], ...Object.fromEntries(TOKENS.map((token) => [token, 1])) }),
    ],
    ['that is a key of JSON in JSON', JSON_PARSER, JSON.stringify({ seen: { [TOKENS[3] ?? '']: { a: 1 } } })],
    ['that is a key of pairs', CHAIN, TOKENS.map((token) => `a=${token} ${token}=1`).join(' ')],
    ['that is a token by its looks', JSON_PARSER, JSON.stringify({ msg: `got ${TOKENS.join(', ')}`, x: TOKENS })],
    [
      'that is a private key in a text of several lines',
      CHAIN,
      `c failed\n  ${KEY_BLOCK.replace(CANARY, `${CANARY}==`)}`,
    ],
    ['behind escapes of JSON', JSON_PARSER, `{"\\u0070assword":"${CANARY}","url":"http:\\/\\/u:${CANARY}@h\\/"}`],
    ['in the message', JSON_PARSER, JSON.stringify({ msg: `login with password=${CANARY} failed` })],
    ['in the message after a colon', JSON_PARSER, JSON.stringify({ msg: `the token: ${CANARY}, and more` })],
    [
      'in the logger and the stack',
      JSON_PARSER,
      JSON.stringify({ logger: `token=${CANARY}`, stack: `at f(secret=${CANARY})` }),
    ],
    ['in a header', JSON_PARSER, JSON.stringify({ msg: `> Authorization: Digest user="a", response="${CANARY}"` })],
    ['in a cookie', JSON_PARSER, JSON.stringify({ msg: `Set-Cookie: sid=${CANARY}; theme=${CANARY}` })],
    ['after Bearer', JSON_PARSER, JSON.stringify({ auth_header: `bearer ${CANARY}` })],
    ['after Basic', JSON_PARSER, JSON.stringify({ x: `Basic ${Buffer.from(`u:${CANARY}`).toString('base64')}` })],
    ['in the user part of a URL', JSON_PARSER, JSON.stringify({ x: `postgres://user:${CANARY}@db:5432/shop` })],
    ['in a query', JSON_PARSER, JSON.stringify({ x: `https://h/p?a=b&X-Amz-Signature=${CANARY}&c=d` })],
    ['that is a JSON Web Token', JSON_PARSER, JSON.stringify({ x: `got ${JWT}!` })],
    ['that is an AWS key', JSON_PARSER, JSON.stringify({ x: 'AKIAC4NARYC4NARYC4NA', aws_secret_access_key: CANARY })],
    ['that is a private key', JSON_PARSER, JSON.stringify({ x: KEY_BLOCK, y: KEY_BLOCK.slice(0, 60) })],
    ['of a line that is not JSON', JSON_PARSER, `oops {"password":"${CANARY}","a":1`],
    ['of a line that is not JSON, escaped', JSON_PARSER, `oops "{\\"token\\": \\"${CANARY}\\", "`],
    ['of a line that is not JSON, nested', JSON_PARSER, `oops {"credentials":{"a":{"b":"${CANARY}"},"c":"${CANARY}"}`],
    ['of a Python dictionary', JSON_PARSER, `{'api_key': '${CANARY}', 'a': 1}`],
    ['of a field with a key', REGEX, `INFO hello\n  .session-id = ${CANARY}\n  .url = https://u:${CANARY}@h/`],
    ['of a stack', REGEX, `INFO hello\n  at f (https://h/?token=${CANARY})\nCaused by: pwd=${CANARY}`],
    ['of pairs', CHAIN, `level=info msg="a b" password=${CANARY} url="/?access_token=${CANARY}"`],
    ['of the message of pairs', CHAIN, `level=info msg="secret: ${CANARY}"`],
    [
      'of an access log',
      '[{ type: accessLog }]',
      `10.0.0.1 - - [23/Nov/2026:22:34:28 +0000] "GET /a?token=${CANARY} HTTP/1.1" 200 5 "https://u:${CANARY}@h/?sig=${CANARY}" "UA (api_key=${CANARY})" "Bearer ${CANARY}"`,
    ],
    [
      'of an error log of nginx',
      '[{ type: nginxError }]',
      `2026/11/23 22:34:28 [error] 1#1: *7 bad password=${CANARY}, client: 10.0.0.1, request: "GET /?secret=${CANARY} HTTP/1.1", referrer: "https://h/?jwt=${CANARY}"`,
    ],
    [
      'of a container',
      '[{ type: cri, parsers: [{ type: json }] }]',
      `2026-11-23T22:34:28Z stdout F {"a":{"password":"${CANARY}"}}`,
    ],
  ])('%s', (_what, parsers, text) => {
    for (const schema of ['flat', 'otel', 'ecs']) {
      const output = transform(text, readConfig(parsers, `schema: ${schema}`)).text;
      expect(output).toContain('[redacted]');
      expect(output.toLowerCase()).not.toMatch(/c4nary|yzruyxj5|s3cret/);
    }
  });

  test.each(['4111 1111 1111 1111', '4111-1111-1111-1111', '5555555555554444', '378282246310005', '3782 822463 10005'])(
    'that is the card %s',
    (card) => {
      const { text } = transform(`{"msg":"paid with ${card}","card":${card.replaceAll(/\D/g, '')}}`);
      expect(text).toContain('"msg":"paid with [redacted]"');
      expect(text).toContain('"card":"[redacted]"');
    },
  );

  test('that stands in a field of the configuration, whatever its name in the log', () => {
    const parser = String.raw`[{ type: regex, pattern: '^(?<who>\w+) (?<password>\S+)$' }]`;
    expect(transform(`ann ${CANARY}`, readConfig(parser)).line).toMatchObject({ who: 'ann', password: '[redacted]' });
  });
});

test('no text with a secret is without a word that tells', () => {
  const piece = fc.constantFrom(
    ...[
      'password',
      'passwd',
      'Pwd',
      'API-Key',
      'x',
      'sessionId',
      'sig',
      'pin',
      'pass',
      'otp',
      'cookie',
      'authorization',
    ],
    ...['=', ':', ' = ', '": "', '\\": \\"', "'=>'", ']=', '%5D=', '-a=', '.b:', '`: ', '[', '{', '"', ' ', '&'],
    ...[
      'bearer ',
      'Basic\t',
      'basic%20',
      '://',
      'u:p@',
      'u%40',
      'abc1',
      'eyJhbGciOi.eyJhbGciOi',
      'AKIAC4NARYC4NARYC4NA',
      ...TOKENS,
    ],
    ...['4111 1111 1111 1111', '378282246310005', '3782 822463 10005', '-----BEGIN PRIVATE KEY-----'],
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
      const text = pieces.join('');
      const clean = SECRET_PATTERNS.reduce((rest, { apply }) => apply(rest, () => '[redacted]'), text);
      // oxlint-disable-next-line no-bitwise
      expect(clean === text || (lineScanner.text(text) & SUSPECT) !== 0).toBe(true);
    }),
    { numRuns: 3_000 },
  );
});

describe('what is no secret comes out as it is', () => {
  test.each([
    'Basic authentication failed',
    'a monkey at the keyboard, 2 tokens and a cookie jar',
    'order 4111111111111112 at 1764000000000123',
    'mail to ann@example.com about https://example.com/a@b',
    'key=value; sort=asc; author=ann',
    'session closed',
    '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  ])('%s', (msg) => {
    expect(transform(JSON.stringify({ msg, id: 4_111_111_111_111_112, isPassword: true })).line).toMatchObject({
      msg,
      id: 4_111_111_111_111_112,
    });
  });
});

describe('the configuration', () => {
  test('adds names and patterns', () => {
    const config = readConfig(JSON_PARSER, String.raw`redact: { keys: ['^iban$'], patterns: ['EMP-\d+'] }`);
    expect(transform('{"msg":"by EMP-17","iban":"DE1","a":{"IBAN":"DE2"}}', config).line).toMatchObject({
      msg: 'by [redacted]',
      iban: '[redacted]',
      a: '{"IBAN":"[redacted]"}',
    });
  });

  test('may ask for marks by which equal secrets can be known, in one run of the program', () => {
    const config = readConfig(JSON_PARSER, 'redact: { mode: hash }');
    const { line } = transform('{"msg":"x","password":"one","token":"one","secret":"two"}', config);
    expect(line['password']).toMatch(/^\[redacted:[0-9a-f]{12}\]$/);
    expect(line['token']).toBe(line['password']);
    expect(line['secret']).not.toBe(line['password']);
    expect(transform('{"password":"one"}', config).line['password']).not.toBe(line['password']);
  });

  test('may switch it off', () => {
    const config = readConfig(JSON_PARSER, 'redact: { mode: off }');
    expect(transform('{"password":"one"}', config).line).toMatchObject({ password: 'one' });
  });
});

test.each(['authorization', 'Set-Cookie', 'apiKey', 'user[password]', 'x-amz-security-token', 'db.pwd', 'sid', 'SIG'])(
  '%s is the name of a secret',
  (name) => {
    expect(isSecretName(name)).toBe(true);
  },
);

test.each(['author', 'key', 'side', 'signal', 'compass', 'pinned', 'user', 'passenger'])('%s is not', (name) => {
  expect(isSecretName(name)).toBe(false);
});

test('a card number has a known beginning, its length, and its check digit', () => {
  const good = ['4111111111111111', '378282246310005', '6011111111111117', '3530111333300000', '30569309025904'];
  expect(good.filter(isCardNumber)).toStrictEqual(good);
  expect(['4111111111111112', '1111111111111117', '41111111111111', ''].filter(isCardNumber)).toStrictEqual([]);
});

test.each([
  ['password', 'password'],
  ['an open quote', 'token="'],
  ['quotes', '"password":"'],
  ['backslashes', '\\'.repeat(8)],
  ['brackets', 'secret={['],
  ['URLs', '://a:b'],
  ['tokens', 'eyJhbGciOi-'],
  ['keys', '-----BEGIN PRIVATE KEY-----'],
  ['digits', '4111 '],
  ['Bearer', 'Bearer '],
  ['tokens of services', 'xoxb-ghp_'],
])('takes no time for half a megabyte of %s', (_what, piece) => {
  const redactor = new Redactor({ mode: 'mask', keys: [], patterns: [] });
  const startedMs = performance.now();
  redactor.text(`password=${piece.repeat(500_000 / piece.length)}`);
  redactor.text(piece.repeat(500_000 / piece.length));
  expect(performance.now() - startedMs).toBeLessThan(3_000);
});
