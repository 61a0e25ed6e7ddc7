import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { createMetrics } from './metrics.ts';

function start() {
  const registry = new Registry();
  const metrics = createMetrics(registry, () => []);
  const scrape = async () =>
    (await registry.metrics())
      .split('\n')
      .filter((line) => /^ambassador_request[^{]*(total|flight|count|sum)\{/.test(line));
  return { metrics, scrape };
}

test('what was counted is there when it is scraped, once', async () => {
  const { metrics, scrape } = start();
  const route = metrics.route('in', 'app');
  for (const status of [200, 204, 404]) {
    route.begin();
    route.end('GET', status, 1_500);
  }
  route.begin();
  const expected = [
    'ambassador_request_duration_seconds_sum{listener="in",upstream="app"} 4.5',
    'ambassador_request_duration_seconds_count{listener="in",upstream="app"} 3',
    'ambassador_requests_total{listener="in",upstream="app",method="GET",code_class="2xx"} 2',
    'ambassador_requests_total{listener="in",upstream="app",method="GET",code_class="4xx"} 1',
    'ambassador_requests_in_flight{listener="in"} 1',
  ];
  expect(await scrape()).toStrictEqual(expected);
  expect(await scrape()).toStrictEqual(expected);
  route.end('GET', 200, 500);
  expect(await scrape()).toContain(expected[2]?.replace(/2$/, '3'));
  expect(await scrape()).toContain(expected[4]?.replace(/1$/, '0'));
});

test('a tunnel has no duration, a refused request never began, and methods are not for clients to invent', async () => {
  const { metrics, scrape } = start();
  const route = metrics.route('in', 'app');
  route.begin();
  route.end('BREW', 101, undefined);
  route.refuse(400);
  expect(await scrape()).toStrictEqual([
    'ambassador_requests_total{listener="in",upstream="app",method="other",code_class="1xx"} 1',
    'ambassador_requests_total{listener="in",upstream="app",method="other",code_class="4xx"} 1',
    'ambassador_requests_in_flight{listener="in"} 0',
  ]);
});

test('the routes of one listener share what is in flight, and a route is the same whenever it is asked for', async () => {
  const { metrics, scrape } = start();
  metrics.route('in', 'a').begin();
  metrics.route('in', 'b').begin();
  expect(metrics.route('in', 'a')).toBe(metrics.route('in', 'a'));
  expect(await scrape()).toContain('ambassador_requests_in_flight{listener="in"} 2');
});
