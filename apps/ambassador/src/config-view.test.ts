import { createHash } from 'node:crypto';
import { parseConfig } from '@pod-patterns/runtime/config-file.ts';
import { AppError } from '@pod-patterns/runtime/errors.ts';
import { expect, test } from 'vitest';
import { summarise, viewConfig } from './config-view.ts';
import { configSchema } from './config.ts';

const TEXT = `listeners:
  - { name: inbound, port: 80, upstream: app }
  - name: out
    host: "::1"
    port: 9000
    upstream: far.away
upstreams:
  app: { port: 8775 }
  far.away:
    host: catalog
    port: 80
timeouts:
  drainTimeoutMs: 5000
`;
const loadedAt = new Date('2026-01-02T03:04:05.678Z');

test('every value says where it came from', () => {
  const config = parseConfig('a.yaml', TEXT, configSchema);
  const view = viewConfig('/etc/ambassador/ambassador.yaml', config, { text: TEXT, loadedAt, rejected: undefined });
  expect(view).toMatchObject({
    file: '/etc/ambassador/ambassador.yaml',
    sha256: createHash('sha256').update(TEXT).digest('hex'),
    loadedAt: '2026-01-02T03:04:05.678Z',
    rejected: null,
  });
  expect(view.config).toBe(config);
  expect(view.sources).toMatchObject({
    'listeners[0].port': 'ambassador.yaml:2',
    'listeners[1].host': 'ambassador.yaml:4',
    'upstreams.app.host': 'default',
    'upstreams["far.away"].host': 'ambassador.yaml:10',
    'timeouts.drainTimeoutMs': 'ambassador.yaml:13',
    'timeouts.idleTimeoutMs': 'default',
    trustedProxies: 'default',
    accessLog: 'default',
  });
});

test('a value has a source and a source has a value, each exactly once', () => {
  const config = parseConfig('a.yaml', TEXT, configSchema);
  const { sources } = viewConfig('a.yaml', config, { text: TEXT, loadedAt, rejected: undefined });
  const countLeaves = (value: unknown): number => {
    const inner = typeof value === 'object' && value !== null ? Object.values(value) : [];
    return inner.length === 0 ? 1 : inner.map(countLeaves).reduce((sum, count) => sum + count);
  };
  expect(Object.keys(sources)).toHaveLength(countLeaves(config));
});

test('a file that was refused is told beside what is in use', () => {
  const config = parseConfig('a.yaml', TEXT, configSchema);
  const error = new AppError('CONFIG_INVALID', 'a.yaml is not valid', 'Correct it.');
  const { rejected } = viewConfig('a.yaml', config, { text: TEXT, loadedAt, rejected: { error, at: loadedAt } });
  expect(rejected).toStrictEqual({
    at: '2026-01-02T03:04:05.678Z',
    code: 'CONFIG_INVALID',
    message: 'a.yaml is not valid',
    remedy: 'Correct it.',
  });
});

test('the summary shows who listens where and for what', () => {
  expect(summarise(parseConfig('a.yaml', TEXT, configSchema))).toBe(
    `  inbound  *:80 → app (127.0.0.1:8775)
  out      [::1]:9000 → far.away (catalog:80)
  ops      *:9901
`,
  );
});
