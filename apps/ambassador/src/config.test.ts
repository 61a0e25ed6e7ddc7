import { parseConfig } from '@pod-patterns/runtime/config-file.ts';
import { expect, test } from 'vitest';
import { configSchema, describeAddress } from './config.ts';

const parse = (text: string) => parseConfig('ambassador.yaml', text, configSchema);

test('fills in every default of the smallest useful file', () => {
  expect(parse('listeners: [{ port: 80, upstream: app }]\nupstreams: { app: { port: 8775 } }\n')).toStrictEqual({
    listeners: [{ name: 'port-80', port: 80, upstream: 'app' }],
    upstreams: { app: { host: '127.0.0.1', port: 8775, poolSize: 128, retries: 2 } },
    ops: { port: 9901 },
    timeouts: {
      connectTimeoutMs: 2_000,
      requestHeadTimeoutMs: 10_000,
      requestTimeoutMs: 300_000,
      responseTimeoutMs: 30_000,
      idleTimeoutMs: 60_000,
      tunnelIdleTimeoutMs: 3_600_000,
      drainTimeoutMs: 15_000,
    },
  });
});

test('accepts what it shows: the effective configuration is a valid file', () => {
  const config = parse('listeners: [{ port: 80, upstream: app }]\nupstreams: { app: { port: 8775 } }\n');
  expect(parse(JSON.stringify(config))).toStrictEqual(config);
});

const LISTENER = 'listeners: [{ port: 80, upstream: app }]';
const UPSTREAM = 'upstreams: { app: { port: 8775 } }';

test.each([
  ['an empty file', '', 'expected object'],
  ['a misspelt key', `${LISTENER}\n${UPSTREAM}\ntimeout: {}`, 'Unrecognized key: "timeout"'],
  [
    'a misspelt key further down',
    `${LISTENER}\nupstreams: { app: { port: 1, retry: 1 } }`,
    'Unrecognized key: "retry"',
  ],
  ['no listener', `listeners: []\n${UPSTREAM}`, 'listeners'],
  [
    'an unknown upstream',
    `listeners: [{ port: 80, upstream: ap }]\n${UPSTREAM}`,
    'there is no upstream "ap"; there are: app',
  ],
  ['a port out of range', `${LISTENER}\nupstreams: { app: { port: 65536 } }`, 'upstreams.app.port'],
  ['a URL for a host', `${LISTENER}\nupstreams: { app: { host: "http://a", port: 1 } }`, 'without scheme and port'],
  ['a host with a port', `${LISTENER}\nupstreams: { app: { host: "a:80", port: 1 } }`, 'without scheme and port'],
  [
    'two listeners of one name',
    `listeners: [{ name: a, port: 80, upstream: app }, { name: a, port: 81, upstream: app }]\n${UPSTREAM}`,
    'another listener is named "a"',
  ],
  [
    'two listeners on one port',
    `listeners: [{ name: a, port: 80, upstream: app }, { host: 127.0.0.1, port: 80, upstream: app }]\n${UPSTREAM}`,
    '127.0.0.1:80 is used',
  ],
  ['a listener on the ops port', `listeners: [{ port: 9901, upstream: app }]\n${UPSTREAM}`, '*:9901 is used'],
  [
    'a listener that is its own upstream',
    `listeners: [{ port: 8775, upstream: app }]\n${UPSTREAM}`,
    'is this listener itself',
  ],
  [
    'a request shorter than its head',
    `${LISTENER}\n${UPSTREAM}\ntimeouts: { requestTimeoutMs: 1 }`,
    'must not be less than requestHeadTimeoutMs',
  ],
])('refuses %s, and says what is wrong', (_case, text, message) => {
  expect(() => parse(text)).toThrow(message);
});

test('allows one port on different addresses', () => {
  const hosts = ['127.0.0.1', '::1'].map(
    (host) => `{ name: "n${host.length}", host: "${host}", port: 80, upstream: app }`,
  );
  expect(parse(`listeners: [${hosts.join()}]\n${UPSTREAM}`).listeners.map(describeAddress)).toStrictEqual([
    '127.0.0.1:80',
    '[::1]:80',
  ]);
});
