import { readFile } from 'node:fs/promises';
import { parseConfig } from '@pod-patterns/runtime/config-file.ts';
import { expect, test } from 'vitest';
import { describeAddress } from './address.ts';
import { createConfigJsonSchema } from './config-json-schema.ts';
import { configSchema } from './config.ts';

const parse = (text: string) => parseConfig('ambassador.yaml', text, configSchema);

const EVERYTHING = `
listeners:
  - name: inbound
    host: 0.0.0.0
    port: 80
    upstream: app
    requestHeaders: { set: { Host: app.local }, add: { X-Stage: test }, remove: [X-Debug] }
    responseHeaders: { set: { X-Frame-Options: DENY }, remove: [Server] }
upstreams:
  app:
    host: app
    port: 8775
    poolSize: 10
    maxQueued: 0
    retries: 0
    healthCheck: { path: /health?deep=1, intervalMs: 500, timeoutMs: 500, rise: 1, fall: 1 }
    ejection: { consecutiveFailures: 1, durationMs: 1 }
ops: { host: 127.0.0.1, port: 0 }
timeouts: { queueTimeoutMs: 1 }
limits: { maxConnections: 1, maxInFlight: 1, maxHeaderBytes: 1024, maxHeaders: 8, maxBodyBytes: 0 }
trustedProxies: [10.0.0.0/8, "fd00::/8"]
accessLog: false
`;

test('the smallest useful file has four lines', () => {
  const text = 'listeners:\n  - { port: 80, upstream: app }\nupstreams:\n  app: { port: 8775 }\n';
  expect(parse(text).listeners).toHaveLength(1);
});

test('health checks and ejection are off unless told, and their defaults are there if they are', () => {
  const { upstreams } = parse(`${LISTENER}\nupstreams: { app: { port: 1, healthCheck: { path: / }, ejection: {} } }`);
  expect(upstreams['app']).toMatchObject({
    healthCheck: { path: '/', intervalMs: 2_000, timeoutMs: 1_000, rise: 2, fall: 3 },
    ejection: { consecutiveFailures: 5, durationMs: 10_000 },
  });
});

test('fills in every default of the smallest useful file', () => {
  expect(parse('listeners: [{ port: 80, upstream: app }]\nupstreams: { app: { port: 8775 } }\n')).toStrictEqual({
    listeners: [{ name: 'port-80', port: 80, upstream: 'app' }],
    upstreams: { app: { host: '127.0.0.1', port: 8775, poolSize: 128, maxQueued: 1_024, retries: 2 } },
    ops: { port: 9901 },
    timeouts: {
      connectTimeoutMs: 2_000,
      requestHeadTimeoutMs: 10_000,
      requestTimeoutMs: 300_000,
      responseTimeoutMs: 30_000,
      idleTimeoutMs: 60_000,
      tunnelIdleTimeoutMs: 3_600_000,
      queueTimeoutMs: 5_000,
      drainTimeoutMs: 15_000,
    },
    limits: { maxConnections: 1_024, maxInFlight: 1_024, maxHeaderBytes: 16_384, maxHeaders: 100 },
    trustedProxies: [],
    accessLog: true,
  });
});

test.each([
  ['the smallest file', 'listeners: [{ port: 80, upstream: app }]\nupstreams: { app: { port: 8775 } }\n'],
  ['a file with every key', EVERYTHING],
])('accepts what it makes of %s', (_what, text) => {
  const config = parse(text);
  expect(parse(JSON.stringify(config))).toStrictEqual(config);
});

const LISTENER = 'listeners: [{ port: 80, upstream: app }]';
const UPSTREAM = 'upstreams: { app: { port: 8775 } }';

test.each([
  ['an empty file', '', 'line 1: the file is empty; it must be a mapping with the keys listeners, upstreams'],
  [
    'a misspelt key',
    `${LISTENER}\n${UPSTREAM}\ntimeout: {}`,
    'line 3: timeout is {}, but there is no such key; did you mean "timeouts"?',
  ],
  [
    'a misspelt key further down',
    `${LISTENER}\nupstreams: { app: { port: 1, retry: 1 } }`,
    'line 2: upstreams.app.retry is 1, but there is no such key; did you mean "retries"?',
  ],
  ['no listener', `listeners: []\n${UPSTREAM}`, 'listeners is []; it must be a list of at least 1'],
  [
    'an unknown upstream',
    `listeners: [{ port: 80, upstream: ap }]\n${UPSTREAM}`,
    'there is no upstream "ap"; there are: app',
  ],
  [
    'a port out of range',
    `${LISTENER}\nupstreams: { app: { port: 65536 } }`,
    'upstreams.app.port is 65536; it must be a whole number from 1 to 65535',
  ],
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
    'must not be less than requestHeadTimeoutMs (10000)',
  ],
  [
    'an upstream that has the name of what every object has',
    `listeners: [{ port: 80, upstream: toString }]\n${UPSTREAM}`,
    'there is no upstream "toString"; there are: app',
  ],
  [
    'a health check that takes longer than its interval',
    `${LISTENER}\nupstreams: { app: { port: 1, healthCheck: { path: /, timeoutMs: 2001 } } }`,
    'timeoutMs is 2001; it must not be more than intervalMs (2000)',
  ],
  ...['health', '/a b', '/a#b', '/\u00e4', '"/a\\r\\nX: 1"'].map((path) => [
    `a health check of ${path}`,
    `${LISTENER}\nupstreams: { app: { port: 1, healthCheck: { path: ${path.startsWith('"') ? path : `"${path}"`} } } }`,
    'it must begin with / and hold no space',
  ]),
  ...['10.0.0.1', '10.0.0.0/33', 'fd00::/129', '10.0.0.0/', '10.0.0/8', 'a/8', '10.0.0.0/8/8'].map((network) => [
    `a trusted proxy of ${network}`,
    `${LISTENER}\n${UPSTREAM}\ntrustedProxies: ["${network}"]`,
    `trustedProxies[0] is "${network}"; it must be a network such as`,
  ]),
])('refuses %s, and says what is wrong', (_case, text, message) => {
  expect(() => parse(text)).toThrow(message);
});

const withRules = (rules: string) => `listeners: [{ port: 80, upstream: app, requestHeaders: ${rules} }]\n${UPSTREAM}`;

test.each([
  ...['Content-Length', 'transfer-encoding', 'Connection', 'TE', 'Upgrade', 'Trailer', 'Keep-Alive'].flatMap((name) => [
    [`{ set: { ${name}: a } }`, `set.${name} has a name that cannot be used`],
    [`{ add: { ${name}: a } }`, `add.${name} has a name that cannot be used`],
    [`{ remove: [${name}] }`, `remove[0] is "${name}"; it must not be a header of framing`],
  ]),
  ['{ set: { "a b": c } }', 'it must be the name of a header'],
  ['{ set: { "": c } }', 'it must be the name of a header'],
  ['{ remove: ["a:"] }', 'it must be the name of a header'],
  ...['a\\r\\nb', 'a\\nb', 'a\\0b', ' a', 'a ', '\\xe4', '\\x7f'].map((value) => [
    `{ set: { X: "${value}" } }`,
    'it must be printable ASCII on one line',
  ]),
  ['{ set: { X: 1 } }', 'set.X is 1; it must be a text, so put it in quotes'],
  ['{ set: { X-A: a, x-a: b } }', 'set.x-a is "b"; it must be there once only: "X-A" is the same header'],
  ['{ add: { Host: a } }', 'add.Host is "a"; it must be under set'],
  ['{ remove: [X, host] }', 'remove[1] is "host"; it must stay'],
  ['{ replace: {} }', 'requestHeaders.replace is {}, but there is no such key'],
])('refuses the header rules %s', (rules, message) => {
  expect(() => parse(withRules(rules))).toThrow(message);
});

test.each([['{ set: { X: "" } }'], ['{ set: { X: "a\\tb" } }'], ['{ set: { Host: a } }'], ['{}']])(
  'takes the header rules %s',
  (rules) => {
    expect(parse(withRules(rules)).listeners).toHaveLength(1);
  },
);

test('tells every fault at once, each with its line', () => {
  const text = `listeners:\n  - prot: 80\n    upstream: app\nupstreams:\n  app: { port: 0 }\n`;
  expect(() => parse(text)).toThrow(
    `ambassador.yaml is not valid:
line 2: listeners[0].port is missing; add a whole number from 0 to 65535
line 2: listeners[0].prot is 80, but there is no such key; did you mean "port"?
line 5: upstreams.app.port is 0; it must be a whole number from 1 to 65535`,
  );
});

test('the schema that is published is the one in force', async () => {
  const published = await readFile(new URL('../ambassador.schema.json', import.meta.url), 'utf8');
  expect(createConfigJsonSchema()).toStrictEqual(JSON.parse(published));
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
