/** P27: connections that become something else, or are asked to. */
import type { ConformanceCase } from '../case.ts';
import { ANSWER_LIMIT_MS, begin, watch } from '../exchange.ts';
import { valuesOf } from '../message.ts';
import { countComplete } from '../read-response.ts';
import { fails, relays, type Finding } from '../relays.ts';
import { echo, type TestUpstream, type UpstreamConnection } from '../upstream.ts';

const HOST = 'Host: a.example\r\n';
const GET = `GET /outer HTTP/1.1\r\n${HOST}\r\n`;
const UPGRADE = `Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n`;
const SWITCHING =
  'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n';

/** Becomes a tunnel that says `first` and then repeats what it gets. */
const tunnel = (first: string) => (upstream: TestUpstream) => {
  const tunnels = new Set<UpstreamConnection>();
  upstream.answer = ({ connection }) => {
    tunnels.add(connection);
    connection.wire.send(SWITCHING + first);
  };
  upstream.intercept = (connection) => {
    if (!tunnels.has(connection)) return false;
    connection.wire.send(connection.pending);
    connection.pending = '';
    return true;
  };
};
const upgrade = (fields = UPGRADE, glued = '') => `GET /outer HTTP/1.1\r\n${HOST}${fields}\r\n${glued}`;

export const UPGRADE_CASES: readonly ConformanceCase[] = [
  relays({
    id: 'P27',
    variant: 'bytes glued to the request and to the 101',
    level: 'MUST',
    rule: 'RFC 9110 7.8',
    expected: 'all of them through the tunnel',
    bytes: upgrade(UPGRADE, '\x81\x02hi'),
    prepare: tunnel('first'),
    check: async ({ exchange }) => {
      await exchange.wire.waitFor(() => exchange.answers().rest.length >= 9, ANSWER_LIMIT_MS);
      exchange.wire.send('more');
      await exchange.wire.waitFor(() => exchange.answers().rest.length >= 13, ANSWER_LIMIT_MS);
      const { rest } = exchange.answers();
      return rest === 'first\x81\x02himore' ? undefined : fails(`through the tunnel came ${JSON.stringify(rest)}`);
    },
  }),
  ...['200 OK', '302 Found'].map((status) =>
    relays({
      id: 'P27',
      variant: `the upstream answers ${status}`,
      level: 'MUST',
      rule: 'RFC 9110 7.8',
      expected: 'a plain answer',
      bytes: upgrade(),
      prepare: (upstream) => {
        upstream.answer = ({ connection }) =>
          connection.wire.send(`HTTP/1.1 ${status}\r\nContent-Length: 5\r\n\r\nplain`);
      },
      check: async ({ answers: { final }, exchange, world }) => {
        const [answer] = final;
        if (String(answer?.status) !== status.slice(0, 3) || answer?.body !== 'plain') return fails('another answer');
        if (await watch(exchange.wire, () => exchange.answers().fault !== undefined)) return fails('bytes after it');
        using next = await begin(world, GET);
        return countComplete(await next.untilAnswered()) === 1 ? undefined : fails('the next client got no answer');
      },
    }),
  ),
  relays({
    id: 'P27',
    variant: 'the upstream resets the connection',
    level: 'SHOULD',
    rule: 'RFC 9110 15.6.3',
    expected: '502, and the proxy lives on',
    bytes: upgrade(),
    prepare: (upstream) => {
      upstream.answer = ({ connection }) => void connection.wire.socket.resetAndDestroy();
    },
    check: async ({ answers: { final }, world }) => {
      const status = final[0]?.status;
      world.upstream.answer = (request) => request.connection.wire.send(echo(request));
      using next = await begin(world, GET);
      if ((await next.untilAnswered()).final[0]?.status !== 200) return fails('the next client got no answer');
      return status === 502 ? undefined : { differs: `answered ${status ?? 'nothing'}` };
    },
  }),
  relays({
    id: 'P27',
    variant: 'a POST with a body that asks for an upgrade',
    level: 'MUST',
    rule: 'RFC 9110 7.8',
    expected: 'a refusal, or one request with its body, and no reuse of its connection after a 101',
    bytes: `POST /outer HTTP/1.1\r\n${HOST}${UPGRADE}Content-Length: 5\r\n\r\nhello`,
    prepare: tunnel(''),
    check: async ({ answers: { final }, seen, world }): Promise<Finding> => {
      const status = final[0]?.status ?? 0;
      if (seen === undefined) return status >= 400 ? undefined : fails('no answer');
      if (seen.body !== 'hello') return fails(`the body was ${JSON.stringify(seen.body)}`);
      world.upstream.answer = (request) => request.connection.wire.send(echo(request));
      using next = await begin(world, GET);
      const answer = (await next.untilAnswered()).final[0];
      return answer?.body === 'GET /outer' ? undefined : fails('the next client got what the tunnel said');
    },
  }),
  ...[
    ['h2c', 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n'],
    [
      'h2c, Connection without HTTP2-Settings',
      'Connection: Upgrade\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n',
    ],
    ['h2c beside websocket', 'Connection: Upgrade\r\nUpgrade: websocket, h2c\r\n'],
  ].map(([variant = '', fields = '']) =>
    relays({
      id: 'P27',
      variant: `Upgrade: ${variant}`,
      level: 'SHOULD',
      rule: 'RFC 9113 3.1, 9110 7.8',
      expected: 'no h2c upstream',
      bytes: upgrade(fields),
      check: ({ seen, answers }): Finding => {
        if (seen === undefined) return (answers.final[0]?.status ?? 0) >= 400 ? undefined : fails('no answer');
        const left = [
          ...valuesOf(seen, 'Upgrade').filter((value) => /h2c/i.test(value)),
          ...valuesOf(seen, 'HTTP2-Settings'),
        ];
        return left.length === 0 ? undefined : fails(`upstream: ${left.join(' | ')}`);
      },
    }),
  ),
];
