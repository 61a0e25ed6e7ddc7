/** Secrets, and the places where they get into a log. None is in the form that a redactor by key alone would find. */
import type { Random } from '../random.ts';

export interface Secret {
  /** As it stands in the log. */
  readonly text: string;
  /** The part of it that is random: neither its beginning nor its end may come out. */
  readonly core: string;
}

/** An event with one secret; `ref` is in it, too, and must come out. */
export type Placement = (secret: Secret, ref: string, random: Random) => string;

const LETTERS = 'ABCDEFGHJKLMNPQRSTUVWXYZ';
const DIGITS = '0123456789';
const WORD = `${LETTERS}${LETTERS.toLowerCase()}${DIGITS}`;

function pick<Item>(random: Random, items: readonly Item[]): Item {
  return items[random(items.length)] as Item;
}

function text(random: Random, length: number, alphabet = WORD): string {
  return Array.from({ length }, () => alphabet[random(alphabet.length)]).join('');
}

/** Secrets that can be told by their looks. */
const RECOGNISABLE: readonly ((random: Random) => Secret)[] = [
  (random) => prefixed('ghp_', text(random, 36)),
  (random) => prefixed('AKIA', text(random, 16, `${LETTERS}234567`)),
  (random) => prefixed('sk_live_', text(random, 24)),
  (random) => prefixed('xoxb-', `${text(random, 12, DIGITS)}-${text(random, 12, DIGITS)}-${text(random, 24)}`),
  (random) => prefixed('AIza', text(random, 35)),
  (random) => {
    const core = text(random, 43);
    return { text: `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.${core}`, core };
  },
];

/** Secrets that look like anything: only the words before them give them away. */
const PLAIN: readonly ((random: Random) => Secret)[] = [
  (random) => prefixed('', text(random, 16)),
  (random) => prefixed('', text(random, 32, '0123456789abcdef')),
  (random) => prefixed('hunter-', text(random, 20)),
  (random) => prefixed('', text(random, 12, DIGITS)),
];

function prefixed(prefix: string, core: string): Secret {
  return { text: `${prefix}${core}`, core };
}

const json = JSON.stringify;

const header: Placement = ({ text: secret }, ref, random) =>
  json({
    msg: ref,
    headers: pick<object>(random, [
      { authorization: `Bearer ${secret}` },
      { Authorization: `Basic ${secret}` },
      { 'X-Api-Key': secret },
      { cookie: `theme=dark; session=${secret}; lang=en` },
      { 'set-cookie': [`sid=${secret}; Path=/; HttpOnly`] },
      { 'proxy-authorization': `Bearer ${secret}` },
    ]),
  });

const urlUserinfo: Placement = ({ text: secret }, ref, random) => {
  const url = `${pick(random, ['https', 'postgres', 'redis', 'amqp'])}://svc:${secret}@db.internal:5432/app`;
  return pick(random, [json({ msg: `${ref} connecting to ${url}` }), json({ msg: ref, url }), `${ref} GET ${url}`]);
};

const query: Placement = ({ text: secret }, ref, random) => {
  const name = pick(random, ['access_token', 'token', 'api_key', 'apikey', 'password', 'client_secret', 'sig']);
  const path = `/v1/items?page=2&${name}=${secret}&sort=up`;
  return pick(random, [
    json({ msg: ref, url_path: path }),
    json({ msg: `${ref} GET ${path} HTTP/1.1` }),
    `${ref} "GET ${path} HTTP/1.1" 200`,
  ]);
};

const nested: Placement = ({ text: secret }, ref, random) => {
  const name = pick(random, ['password', 'clientSecret', 'api_key', 'refresh_token', 'private-key']);
  return json({ msg: ref, a: { b: [{ c: { d: { e: { [name]: secret } } } }] } });
};

const array: Placement = ({ text: secret }, ref, random) =>
  json({
    msg: ref,
    list: pick<unknown[]>(random, [
      ['connect', { token: secret }, 3],
      [[`password=${secret}`]],
      ['Authorization', `Bearer ${secret}`],
      [{ name: 'x-api-key', value: secret }],
    ]),
  });

const errorCause: Placement = ({ text: secret }, ref, random) => {
  const cause = pick<object>(random, [
    { message: `login failed: postgres://svc:${secret}@db/app`, code: 'E1' },
    { message: 'refused', stack: `Error: token=${secret}\n    at connect (db.js:3:1)` },
    { message: 'refused', config: { auth: { username: 'svc', password: secret } } },
  ]);
  return json({
    msg: ref,
    level: 'error',
    err: { type: 'Error', message: 'no database', cause: { message: 'x', cause } },
  });
};

const messageText: Placement = ({ text: secret }, ref, random) => {
  const words = pick(random, [
    'password=%',
    'password: %',
    'token="%"',
    'Authorization: Bearer %',
    'secret is api_key=%,',
  ]);
  return json({ msg: `${ref} retry with ${words.replace('%', secret)} again` });
};

/** The campaign writes it in two pieces, and it is long. */
const splitAcrossReads: Placement = ({ text: secret }, ref, random) =>
  json({ msg: `${ref} ${'filler '.repeat(random(6_000))}password=${secret} and so on` });

const rawLine: Placement = ({ text: secret }, ref, random) =>
  pick(random, [
    `%% ${ref} odd, password: ${secret} it said`,
    `{"msg":"${ref}","password":"${secret}"`,
    `{'msg': '${ref}', 'api_key': '${secret}'}`,
    `${ref} <login user="bob" password="${secret}"/>`,
    // Longer than an event may be: it is cut in the middle of what follows, and is no JSON any more.
    `{"msg":"${ref}","fill":"${'x'.repeat(65_500 - ref.length - random(60))}","password":"${secret}"}`,
  ]);

const logfmtValue: Placement = ({ text: secret }, ref, random) => {
  const pair = pick(random, [
    `api_key=${secret}`,
    `secret="${secret} x"`,
    `url=https://u:${secret}@host/`,
    `pwd=${secret}`,
  ]);
  return `level=info msg=${ref} ${pair} took=3ms`;
};

const multiLine: Placement = ({ text: secret, core }, ref, random) =>
  pick(random, [
    `${ref} failed\n    password=${secret}\n    at Login.run(Login.java:7)`,
    `${ref} failed\n  java.sql.SQLException: jdbc:postgresql://svc:${secret}@db/app\n    at Db.open(Db.java:9)`,
    `${ref} key\n  -----BEGIN PRIVATE KEY-----\n  ${core}${core}\n  ${core}==\n  -----END PRIVATE KEY-----`,
  ]);

const keyName: Placement = ({ text: secret }, ref, random) =>
  json({ msg: ref, seen: { [pick(random, [secret, `token=${secret}`, `Bearer ${secret}`])]: 1 } });

export interface NamedPlacement {
  readonly name: string;
  readonly place: Placement;
  readonly makeSecret: (random: Random) => Secret;
}

const anySecret = (random: Random): Secret => pick(random, [...PLAIN, ...RECOGNISABLE])(random);
/** Nothing but its looks tells what it is. */
const recognisableSecret = (random: Random): Secret => pick(random, RECOGNISABLE)(random);

export const PLACEMENTS: readonly NamedPlacement[] = [
  { name: 'header', place: header, makeSecret: anySecret },
  { name: 'urlUserinfo', place: urlUserinfo, makeSecret: anySecret },
  { name: 'query', place: query, makeSecret: anySecret },
  { name: 'nested', place: nested, makeSecret: anySecret },
  { name: 'array', place: array, makeSecret: anySecret },
  { name: 'errorCause', place: errorCause, makeSecret: anySecret },
  { name: 'messageText', place: messageText, makeSecret: anySecret },
  { name: 'splitAcrossReads', place: splitAcrossReads, makeSecret: anySecret },
  { name: 'rawLine', place: rawLine, makeSecret: anySecret },
  { name: 'logfmtValue', place: logfmtValue, makeSecret: anySecret },
  { name: 'multiLine', place: multiLine, makeSecret: anySecret },
  { name: 'keyName', place: keyName, makeSecret: recognisableSecret },
];
