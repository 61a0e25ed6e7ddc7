/** P17 to P23: which headers go through, which do not, and which the proxy itself sets. */
import type { ConformanceCase } from '../case.ts';
import { begin } from '../exchange.ts';
import { valueOf, valuesOf } from '../message.ts';
import { fails, relays, type Finding, type Relayed } from '../relays.ts';
import { echo, type TestUpstream } from '../upstream.ts';

const HEAD = 'GET /outer HTTP/1.1\r\nHost: a.example\r\n';

const wasAnswered = ({ seen, answers }: Relayed): Finding =>
  seen === undefined || answers.final[0]?.status !== 200 ? fails('it did not go through') : undefined;

const absentUpstream =
  (name: string, value?: string) =>
  (relayed: Relayed): Finding => {
    const values = relayed.seen === undefined ? [] : valuesOf(relayed.seen, name);
    const isThere = value === undefined ? values.length > 0 : values.some((text) => text.includes(value));
    return wasAnswered(relayed) ?? (isThere ? fails(`${name}: ${values.join(' | ')} upstream`) : undefined);
  };

const hopByHop = [
  ['Keep-Alive', 'SHOULD', 'Keep-Alive: timeout=9', undefined],
  ['Proxy-Connection', 'SHOULD', 'Proxy-Connection: keep-alive', undefined],
  ['TE other than trailers', 'SHOULD', 'TE: gzip;q=1', 'gzip'],
  ['TE, nominated', 'MUST', 'Connection: TE\r\nTE: gzip', 'gzip'],
  ['Upgrade, not nominated', 'SHOULD', 'Upgrade: foo/1', undefined],
  ['Proxy-Authorization', 'SHOULD', 'Proxy-Authorization: Basic eA==', undefined],
  ['Proxy-Authenticate', 'SHOULD', 'Proxy-Authenticate: Basic', undefined],
  ['Trailer without chunks', 'SHOULD', 'Trailer: X-A', undefined],
] as const;
const hopByHopCases = hopByHop.map(([variant, level, field, value]) => {
  const name = field.split('\r\n').at(-1)?.split(':')[0] ?? '';
  return relays({
    id: 'P17',
    variant,
    level,
    rule: 'RFC 9110 7.6.1',
    expected: `no ${name} upstream`,
    bytes: `${HEAD}${field}\r\n\r\n`,
    check: absentUpstream(name, value),
  });
});

const connectionOptions = relays({
  id: 'P17',
  variant: 'Connection: keep-alive, foo',
  level: 'MUST',
  rule: 'RFC 9110 7.6.1',
  expected: 'no foo in Connection upstream',
  bytes: `${HEAD}Connection: keep-alive, foo\r\n\r\n`,
  check: absentUpstream('Connection', 'foo'),
});

const nominated = ['X-A', 'Authorization', 'Cookie', 'X-B'].map((name) =>
  relays({
    id: 'P18',
    variant: `Connection: close, ${name}`,
    level: 'MUST',
    rule: 'RFC 9110 7.6.1',
    expected: `no ${name} upstream`,
    bytes: `${HEAD}Connection: close, ${name}\r\n${name}: secret\r\n\r\n`,
    check: absentUpstream(name),
  }),
);

const nominatedOnSecondLine = relays({
  id: 'P18',
  variant: 'Connection on two lines, odd space and case',
  level: 'MUST',
  rule: 'RFC 9110 7.6.1',
  expected: 'no X-A upstream',
  bytes: `${HEAD}Connection: keep-alive\r\nConnection:  \t,, x-a ,\r\nX-A: 1\r\n\r\n`,
  check: absentUpstream('X-A'),
});

const ownSurvive = ['X-Forwarded-For', 'X-Forwarded-Proto', 'Via', 'Host'].map((name) =>
  relays({
    id: 'P18',
    variant: `Connection: close, ${name}`,
    level: name === 'X-Forwarded-Proto' || name === 'X-Forwarded-For' ? 'SHOULD' : 'MUST',
    rule: 'RFC 9110 7.6.1, 7.6.3',
    expected: `${name} upstream all the same, from the proxy`,
    bytes: `${HEAD}Connection: close, ${name}\r\n\r\n`,
    check: (relayed) =>
      wasAnswered(relayed) ??
      (relayed.seen === undefined || valueOf(relayed.seen, name) === undefined
        ? fails(`no ${name} upstream`)
        : undefined),
  }),
);

/** The answer of the upstream has these fields beside its own. */
const answerWith = (fields: string) => (upstream: TestUpstream) => {
  upstream.answer = (request) => request.connection.wire.send(echo(request, fields));
};

const answerFields = [
  ['a nominated header', 'MUST', 'Connection: X-A\r\nX-A: secret\r\n', 'X-A'],
  ['Keep-Alive', 'SHOULD', 'Keep-Alive: timeout=99\r\n', 'Keep-Alive'],
  ['Proxy-Authenticate', 'SHOULD', 'Proxy-Authenticate: Basic\r\n', 'Proxy-Authenticate'],
  ['Proxy-Connection', 'SHOULD', 'Proxy-Connection: close\r\n', 'Proxy-Connection'],
  ['Upgrade', 'SHOULD', 'Upgrade: h2c\r\n', 'Upgrade'],
] as const;
const answerFieldCases = answerFields.map(([variant, level, fields, name]) =>
  relays({
    id: 'P19',
    variant: `${variant} in the answer`,
    level,
    rule: 'RFC 9110 7.6.1',
    expected: `no ${name} of the upstream at the client`,
    bytes: `${HEAD}\r\n`,
    prepare: answerWith(fields),
    check: (relayed) => {
      const [answer] = relayed.answers.final;
      // The proxy may say how long it keeps its own connection to the client.
      const values = answer === undefined ? [] : valuesOf(answer, name).filter((value) => fields.includes(value));
      return wasAnswered(relayed) ?? (values.length > 0 ? fails(`${name}: ${values.join()} at the client`) : undefined);
    },
  }),
);

const CLAIMS = [
  ['X-Forwarded-For', '203.0.113.9'],
  ['X-Forwarded-Host', 'evil.example'],
  ['X-Forwarded-Proto', 'https'],
  ['X-Real-IP', '203.0.113.9'],
  ['Forwarded', 'for=203.0.113.9'],
] as const;

const distrusted = CLAIMS.map(([name, claim]) =>
  relays({
    id: 'P20',
    variant: `${name} of a client`,
    level: 'SHOULD',
    rule: 'RFC 7239 8.1',
    expected: 'replaced or left out',
    bytes: `${HEAD}${name}: ${claim}\r\n\r\n`,
    check: absentUpstream(name, claim),
  }),
);

const trusted = [
  ['X-Forwarded-For', '203.0.113.9', '203.0.113.9, 127.0.0.1'],
  ['X-Forwarded-Proto', 'https', 'https'],
  ['X-Forwarded-Host', 'public.example', 'public.example'],
].map(([name = '', claim = '', expected = '']) =>
  relays({
    id: 'P20',
    variant: `${name} of a trusted proxy`,
    level: 'SHOULD',
    rule: 'RFC 7239 8.1',
    setup: 'trusting',
    expected: `${name}: ${expected} upstream`,
    bytes: `${HEAD}${name}: ${claim}\r\n\r\n`,
    check: (relayed) => {
      const value = relayed.seen === undefined ? undefined : valueOf(relayed.seen, name);
      return wasAnswered(relayed) ?? (value === expected ? undefined : fails(`${name}: ${value} upstream`));
    },
  }),
);

const via = [
  relays({
    id: 'P22',
    variant: 'Via of a request',
    level: 'MUST',
    rule: 'RFC 9110 7.6.3',
    expected: 'appended upstream',
    bytes: `${HEAD}Via: 1.0 first\r\n\r\n`,
    check: (relayed) => {
      const value = relayed.seen === undefined ? undefined : valueOf(relayed.seen, 'Via');
      return wasAnswered(relayed) ?? (/^1\.0 first, 1\.1 \S/.test(value ?? '') ? undefined : fails(`Via: ${value}`));
    },
  }),
  relays({
    id: 'P22',
    variant: 'Via of an answer',
    level: 'SHOULD',
    rule: 'RFC 9110 7.6.3',
    expected: 'appended at the client',
    bytes: `${HEAD}\r\n`,
    prepare: answerWith('Via: 1.0 last\r\n'),
    check: (relayed) => {
      const [answer] = relayed.answers.final;
      const value = answer === undefined ? undefined : valueOf(answer, 'Via');
      if (value === '1.0 last') return { differs: 'a gateway need not add itself' };
      return wasAnswered(relayed) ?? (/^1\.0 last, 1\.1 \S/.test(value ?? '') ? undefined : fails(`Via: ${value}`));
    },
  }),
];

const loop: ConformanceCase = relays({
  id: 'P22',
  variant: 'its own name in Via',
  level: 'SHOULD',
  rule: 'RFC 5842 7.2',
  expected: '508, and nothing upstream',
  bytes: `${HEAD}\r\n`,
  check: async ({ seen, world, exchange }) => {
    const own = seen === undefined ? undefined : valueOf(seen, 'Via');
    if (own === undefined) return fails('it does not name itself');
    using again = await begin(world, `GET /loop HTTP/1.1\r\nHost: a.example\r\nVia: ${own}\r\n\r\n`);
    const status = (await again.untilAnswered()).final[0]?.status;
    void exchange;
    if (world.upstream.requests.length > 1) return { differs: `Via: ${own} passed on` };
    return status === 508 ? undefined : { differs: `answered ${status}` };
  },
});

const maxForwards = [
  ...['TRACE', 'OPTIONS'].flatMap((method) => [
    relays({
      id: 'P23',
      variant: `${method} with Max-Forwards: 0`,
      level: 'MUST',
      rule: 'RFC 9110 7.6.2',
      expected: 'answered by the proxy',
      bytes: `${method} /outer HTTP/1.1\r\nHost: a.example\r\nMax-Forwards: 0\r\n\r\n`,
      check: ({ seen, answers }) => {
        const status = answers.final[0]?.status;
        if (seen !== undefined || status === undefined) return fails('it was passed on');
        return status < 300 || status === 405 || status === 501 ? undefined : { differs: `answered ${status}` };
      },
    }),
    relays({
      id: 'P23',
      variant: `${method} with Max-Forwards: 5`,
      level: 'MUST',
      rule: 'RFC 9110 7.6.2',
      expected: method === 'TRACE' ? '405, or 4 upstream' : '4 upstream',
      bytes: `${method} /outer HTTP/1.1\r\nHost: a.example\r\nMax-Forwards: 5\r\n\r\n`,
      check: ({ seen, answers }) => {
        const status = answers.final[0]?.status;
        if (seen === undefined) {
          return method === 'TRACE' && (status === 405 || status === 501) ? undefined : fails(`answered ${status}`);
        }
        const value = valueOf(seen, 'Max-Forwards');
        return value === '4' ? undefined : fails(`Max-Forwards: ${value} upstream`);
      },
    }),
  ]),
  relays({
    id: 'P23',
    variant: 'TRACE',
    level: 'SHOULD',
    rule: 'RFC 9110 9.3.8',
    expected: '405',
    bytes: 'TRACE /outer HTTP/1.1\r\nHost: a.example\r\n\r\n',
    check: ({ answers }) => {
      const status = answers.final[0]?.status;
      return status === 405 ? undefined : { differs: `answered ${status}` };
    },
  }),
];

const unchanged = relays({
  id: 'P17',
  variant: 'all other headers',
  level: 'MUST',
  rule: 'RFC 9110 7.6.1, 5.3',
  expected: 'unchanged, in the same order',
  bytes: `${HEAD}X-A: 1\r\nAccept: */*\r\nX-a: "2, 3"\r\nCookie: a=b; c\r\nX-A: \r\n\r\n`,
  check: (relayed) => {
    const { seen } = relayed;
    const values =
      seen === undefined ? [] : [...valuesOf(seen, 'X-A'), valueOf(seen, 'Cookie'), valueOf(seen, 'Accept')];
    const isSame = JSON.stringify(values) === JSON.stringify(['1', '"2, 3"', '', 'a=b; c', '*/*']);
    return wasAnswered(relayed) ?? (isSame ? undefined : fails(`upstream: ${values.join(' | ')}`));
  },
});

export const FIELD_CASES: readonly ConformanceCase[] = [
  ...hopByHopCases,
  connectionOptions,
  unchanged,
  ...nominated,
  nominatedOnSecondLine,
  ...ownSurvive,
  ...answerFieldCases,
  ...distrusted,
  ...trusted,
  ...via,
  loop,
  ...maxForwards,
];
