/** P24 to P26: interim answers and trailers. */
import type { ConformanceCase } from '../case.ts';
import { ANSWER_LIMIT_MS } from '../exchange.ts';
import { valueOf, valuesOf } from '../message.ts';
import { fails, relays, type Finding } from '../relays.ts';
import { echo, type TestUpstream, type UpstreamConnection } from '../upstream.ts';

const HOST = 'Host: a.example\r\n';
const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';
const expecting = (version: string) =>
  `PUT /outer HTTP/${version}\r\n${HOST}Expect: 100-continue\r\nContent-Length: 5\r\n\r\n`;

/** Sends `bytes` once for each connection, as soon as the head of a request with an expectation is there. */
const onExpectation = (bytes: string) => (upstream: TestUpstream) => {
  const done = new Set<UpstreamConnection>();
  upstream.intercept = (connection) => {
    const { pending } = connection;
    const isExpecting = /\r\nexpect: *100-continue\r\n/i.test(pending) && pending.includes('\r\n\r\n');
    if (isExpecting && !done.has(connection)) {
      done.add(connection);
      connection.wire.send(bytes);
      // What follows a final answer is none of the upstream's business any more.
      if (!bytes.startsWith('HTTP/1.1 100')) connection.wire.socket.end();
    }
    return false;
  };
};

const expectations: ConformanceCase[] = [
  relays({
    id: 'P24',
    variant: 'the upstream says 100',
    level: 'MUST',
    rule: 'RFC 9110 10.1.1',
    expected: 'one 100 at the client, then the answer',
    bytes: expecting('1.1'),
    answers: 0,
    prepare: onExpectation(CONTINUE),
    check: async ({ exchange, world }) => {
      const isTold = await exchange.wire.waitFor(() => exchange.answers().interim.length > 0, ANSWER_LIMIT_MS);
      if (!isTold) return fails('the client was not told to go on');
      const wasForwarded = world.upstream.connections.some(({ pending }) => pending.startsWith('PUT'));
      exchange.wire.send('hello');
      const { interim, final } = await exchange.untilAnswered();
      if (interim.length !== 1 || final[0]?.body !== 'PUT /outer') return fails(`${interim.length} times 100`);
      if (world.upstream.requests[0]?.body !== 'hello') return fails('the body is not what was sent');
      return wasForwarded ? undefined : { differs: 'the proxy said so itself' };
    },
  }),
  ...[417, 401].map((status) =>
    relays({
      id: 'P24',
      variant: `the upstream says ${status} at once`,
      level: 'MUST',
      rule: 'RFC 9110 10.1.1',
      expected: `${status} at the client, which never sends its body`,
      bytes: expecting('1.1'),
      prepare: onExpectation(`HTTP/1.1 ${status} No\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno`),
      check: ({ answers }): Finding => {
        if (answers.interim.length > 0) return { differs: 'the proxy said 100 itself' };
        return answers.final[0]?.status === status ? undefined : fails('another answer, or none');
      },
    }),
  ),
  relays({
    id: 'P24',
    variant: 'an unknown expectation',
    level: 'SHOULD',
    rule: 'RFC 9110 10.1.1',
    expected: '417, or passed on',
    bytes: `GET /outer HTTP/1.1\r\n${HOST}Expect: miracle\r\n\r\n`,
    check: ({ answers, seen }) => {
      const status = answers.final[0]?.status;
      if (status === 417 && seen === undefined) return undefined;
      return status === 200 ? undefined : fails(`answered ${status}`);
    },
  }),
  relays({
    id: 'P24',
    variant: 'an HTTP/1.0 client',
    level: 'MUST',
    rule: 'RFC 9110 10.1.1',
    expected: 'no 100 at the client',
    bytes: `${expecting('1.0')}hello`,
    prepare: onExpectation(CONTINUE),
    check: ({ answers, seen }): Finding =>
      answers.interim.length === 0 && answers.final[0]?.status === 200 && seen?.body === 'hello'
        ? undefined
        : fails('a 100, or no answer'),
  }),
];

const EARLY = 'HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\nX-A: 1\r\n\r\n';
const answerAfter =
  (interim: string, close = false) =>
  (upstream: TestUpstream) => {
    upstream.answer = (request) => {
      request.connection.wire.send(close ? interim : interim + echo(request));
      if (close) request.connection.wire.socket.end();
    };
  };
const get = (version: string) => `GET /outer HTTP/${version}\r\n${HOST}\r\n`;

const earlyHints: ConformanceCase[] = [
  relays({
    id: 'P25',
    variant: '103, then 200',
    level: 'MUST',
    rule: 'RFC 9110 15.2',
    expected: 'both at the client',
    bytes: get('1.1'),
    prepare: answerAfter(EARLY),
    check: ({ answers: { interim, final } }) =>
      interim[0]?.status === 103 && valueOf(interim[0], 'Link') === '</a.css>' && final[0]?.status === 200
        ? undefined
        : fails('103 did not arrive'),
  }),
  relays({
    id: 'P25',
    variant: '103 three times, then 200',
    level: 'MUST',
    rule: 'RFC 9110 15.2',
    expected: 'all at the client',
    bytes: get('1.1'),
    prepare: answerAfter(EARLY + EARLY + EARLY),
    check: ({ answers: { interim, final } }) =>
      interim.length === 3 && final[0]?.status === 200 ? undefined : fails(`${interim.length} of 3 arrived`),
  }),
  relays({
    id: 'P25',
    variant: '103 for an HTTP/1.0 client',
    level: 'MUST',
    rule: 'RFC 9110 15.2',
    expected: 'only the 200 at the client',
    bytes: get('1.0'),
    prepare: answerAfter(EARLY),
    check: ({ answers: { interim, final } }) =>
      interim.length === 0 && final[0]?.status === 200 ? undefined : fails('103 arrived, or no answer did'),
  }),
  relays({
    id: 'P25',
    variant: '103, then the end',
    level: 'SHOULD',
    rule: 'RFC 9110 15.6.3',
    expected: '502',
    bytes: get('1.1'),
    prepare: answerAfter(EARLY, true),
    check: ({ answers: { final } }) => {
      if (final[0]?.status === 502) return undefined;
      return final.length === 0 ? { differs: 'only closed' } : fails(`answered ${final[0]?.status}`);
    },
  }),
];

const FORBIDDEN = ['Content-Length', 'Transfer-Encoding', 'Host', 'Authorization', 'X-Forwarded-For'] as const;
const chunkedWith = (trailers: string) => `5\r\nhello\r\n0\r\n${trailers}\r\n`;

const trailers: ConformanceCase[] = [
  relays({
    id: 'P26',
    variant: 'trailers of a request',
    level: 'MUST',
    rule: 'RFC 9110 6.5',
    expected: 'passed on as trailers or left out, never headers',
    bytes: `POST /outer HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\nTrailer: X-A\r\n\r\n${chunkedWith('X-A: 1\r\n')}`,
    check: ({ seen, answers }) => {
      if (seen?.body !== 'hello' || answers.final[0]?.status !== 200) return fails('the body did not go through');
      return valuesOf(seen, 'X-A').length === 0 ? undefined : fails('X-A is a header upstream');
    },
  }),
  ...FORBIDDEN.map((name) =>
    relays({
      id: 'P26',
      variant: `trailer ${name} of a request`,
      level: 'MUST',
      rule: 'RFC 9110 6.5.1',
      expected: 'left out, or 400',
      bytes: `POST /outer HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n${chunkedWith(`${name}: 9\r\n`)}`,
      check: ({ seen, answers }): Finding => {
        if (seen === undefined) return answers.final[0]?.status === 400 ? undefined : fails('no 400');
        const all = [...seen.fields, ...seen.trailers].filter(([key, value]) => key === name && value === '9');
        if (all.length > 0 && seen.trailers.length > 0) return { differs: 'passed on as a trailer' };
        return all.length === 0 && seen.body === 'hello' ? undefined : fails(`${name}: 9 is a header upstream`);
      },
    }),
  ),
  ...['X-A', 'Set-Cookie', 'Content-Length'].map((name) =>
    relays({
      id: 'P26',
      variant: `trailer ${name} of an answer`,
      level: 'MUST',
      rule: 'RFC 9110 6.5',
      expected: 'passed on as a trailer or left out, never a header',
      bytes: get('1.1'),
      prepare: (upstream) => {
        upstream.answer = ({ connection }) =>
          connection.wire.send(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunkedWith(`${name}: 9\r\n`)}`);
      },
      check: ({ answers: { final } }) => {
        const [answer] = final;
        if (answer === undefined || !answer.isComplete) return { differs: 'cut off' };
        if (answer.status === 502) return { differs: 'answered 502' };
        if (answer.body !== 'hello') return fails('the body did not go through');
        return valuesOf(answer, name).includes('9') ? fails(`${name} is a header at the client`) : undefined;
      },
    }),
  ),
];

export const INTERIM_CASES: readonly ConformanceCase[] = [...expectations, ...earlyHints, ...trailers];
