import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { DerivedMetrics } from './derived-metrics.ts';
import { ORIGIN, readConfig } from './parse-test-support.ts';
import { createTransform } from './transform.ts';

/** Counts events of JSON; gives the page of metrics. */
function start(metrics: string) {
  const registry = new Registry();
  const overflows: string[] = [];
  const derived = new DerivedMetrics(registry, (metric) => overflows.push(metric));
  const use = (text: string) => derived.use(readConfig('[{ type: json }]', `metrics: ${text}`).metrics);
  use(metrics);
  const config = readConfig('[{ type: json }]');
  const [input] = config.inputs;
  if (input === undefined) throw new Error('no input');
  const { write } = createTransform(input, { config, resources: new Map(), derived });
  return {
    use,
    overflows,
    count: (...events: readonly object[]) => {
      for (const event of events) write([JSON.stringify(event)], ORIGIN);
    },
    lines: async () => (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#')),
    page: () => registry.metrics(),
  };
}

test('counts events, by fields and by what is no field', async () => {
  const { count, lines, page } = start('[{ name: requests_total, type: counter, labels: [level, service, status] }]');
  count({ status: 200 }, { status: 200 }, { level: 'error', status: 500 }, {});
  expect(await lines()).toStrictEqual([
    'requests_total{level="info",service="app",status="200"} 2',
    'requests_total{level="error",service="app",status="500"} 1',
    'requests_total{level="info",service="app",status=""} 1',
  ]);
  expect(await page()).toContain('# TYPE requests_total counter');
});

test('counts what a field says, of the events that match', async () => {
  const { count, lines } = start(
    '[{ name: bytes_total, type: counter, field: bytes, match: { path: ^/api/, msg: ok } }]',
  );
  expect(await lines()).toStrictEqual(['bytes_total 0']);
  count(
    { path: '/api/a', bytes: 5, msg: 'ok' },
    { path: '/api/b', bytes: '7', msg: 'ok' },
    { path: '/x', bytes: 9, msg: 'ok' },
  );
  count(
    { path: '/api/c', msg: 'ok' },
    { path: '/api/c', bytes: 'many', msg: 'ok' },
    { path: '/api/c', bytes: -1, msg: 'ok' },
  );
  count({ path: '/api/c', bytes: 3 });
  expect(await lines()).toStrictEqual(['bytes_total 12']);
});

test('a gauge has the last value', async () => {
  const { count, lines } = start('[{ name: queue_length, type: gauge, field: queue }]');
  count({ queue: 5 }, { queue: 2 }, {});
  expect(await lines()).toStrictEqual(['queue_length 2']);
});

test('a histogram has the values in its buckets', async () => {
  const { count, lines } = start('[{ name: took_ms, type: histogram, field: took, buckets: [1, 10], labels: [path] }]');
  count({ took: 1, path: '/' }, { took: 5, path: '/' }, { took: 50, path: '/' });
  expect(await lines()).toStrictEqual([
    'took_ms_bucket{le="1",path="/"} 1',
    'took_ms_bucket{le="10",path="/"} 2',
    'took_ms_bucket{le="+Inf",path="/"} 3',
    'took_ms_sum{path="/"} 56',
    'took_ms_count{path="/"} 3',
  ]);
});

test('beyond the limit of label sets, all others are one, and that is told', async () => {
  const { count, lines, overflows } = start('[{ name: users_total, type: counter, labels: [user], maxSeries: 2 }]');
  for (let user = 0; user < 100; user += 1) count({ user: `u${user}` });
  expect(await lines()).toStrictEqual([
    'users_total{user="u0"} 1',
    'users_total{user="u1"} 1',
    'users_total{user="other"} 98',
  ]);
  expect(overflows).toHaveLength(98);
});

test('a label holds no secret and is not longer than it may be', async () => {
  const { count, lines } = start('[{ name: a_total, type: counter, labels: [url, password] }]');
  count({ url: `https://u:c4nary@h/?token=c4nary&${'x'.repeat(500)}`, password: 'c4nary' });
  const page = (await lines()).join('\n');
  expect(page).not.toContain('c4nary');
  expect(page.length).toBeLessThan(250);
});

test('a changed configuration keeps what is the same', async () => {
  const { use, count, lines } = start('[{ name: a_total, type: counter }, { name: b_total, type: counter }]');
  count({}, {});
  use(
    '[{ name: a_total, type: counter }, { name: b_total, type: counter, labels: [x] }, { name: c_total, type: counter }]',
  );
  count({ x: 1 });
  expect(await lines()).toStrictEqual(['a_total 3', 'b_total{x="1"} 1', 'c_total 1']);
});
