import { expect, test } from 'vitest';
import { parse as parseAs, parseWith } from './parse-test-support.ts';

const parse = (text: string) => parseAs(text, '{ type: nginxError }');

test('reads an error with all that nginx says of it', () => {
  const text =
    '2026/11/23 22:34:28 [error] 31#32: *7 open() "/srv/a" failed (2: No such file or directory), client: 203.0.113.7, server: localhost, request: "GET /a?b HTTP/1.1", upstream: "http://127.0.0.1:8775/a", host: "example.com", referrer: "https://example.com/x"';
  expect(parse(text)).toMatchObject({
    timeMs: Date.parse('2026-11-23T22:34:28Z'),
    level: 'error',
    msg: 'open() "/srv/a" failed (2: No such file or directory)',
    fields: {
      process_id: 31,
      thread_id: 32,
      connection: 7,
      client_address: '203.0.113.7',
      server_name: 'localhost',
      http_method: 'GET',
      url_path: '/a',
      url_query: 'b',
      http_version: '1.1',
      upstream: 'http://127.0.0.1:8775/a',
      http_host: 'example.com',
      referer: 'https://example.com/x',
    },
  });
});

test.each([
  ['notice', 'info'],
  ['warn', 'warn'],
  ['crit', 'fatal'],
  ['alert', 'fatal'],
  ['emerg', 'fatal'],
])('reads the level %s', (word, level) => {
  expect(parse(`2026/11/23 22:34:28 [${word}] 1#1: signal process started`)).toMatchObject({
    level,
    msg: 'signal process started',
    fields: { process_id: 1, thread_id: 1 },
  });
});

test.each([
  ['hello', 'no_match'],
  ['2026/13/23 22:34:28 [error] 1#1: x', 'bad_time'],
  ['2026/11/23 22:34:28 [loud] 1#1: x', 'unknown_level'],
])('says why a line does not fit: %s', (text, reason) => {
  expect(parseWith('{ type: nginxError }', text)).toMatchObject({ reason });
});
