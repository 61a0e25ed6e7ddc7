/**
 * The queries of a dashboard over the adapters of three unlike programs, as manifests/README.md has them, and as much of
 * PromQL as they need: they are run over what the adapters show, without a Prometheus.
 */

/** Events at level error, for each program. */
export const ERRORS_QUERY = 'sum by (service) (log_events_total{level="error"})';
/** Milliseconds that nineteen of twenty requests, or imports, stay below. */
export const P95_QUERY = 'histogram_quantile(0.95, sum by (service, le) (log_duration_milliseconds_bucket))';

/** The programs, and what makes each of them log an error and a duration; asked from inside of its Pod. */
export const ADAPTED = [
  { pod: 'adapter', service: 'legacy-app', url: 'http://127.0.0.1:8775/orders/17', method: 'GET', times: 1 },
  { pod: 'adapter-nginx', service: 'nginx', url: 'http://127.0.0.1:8081/orders/17', method: 'GET', times: 1 },
  { pod: 'adapter-batch', service: 'batch-app', url: 'http://127.0.0.1:8080/imports', method: 'POST', times: 5 },
] as const;

/** A command for the container `log-adapter`, which has Node.js: asks, and prints the statuses. */
export function askCommand({ url, method, times }: (typeof ADAPTED)[number]): string[] {
  const script = `
    for (let time = 0; time < ${times}; time += 1) {
      const response = await fetch('${url}', { method: '${method}' });
      console.log(response.status);
    }`;
  return ['node', '--input-type=module', '-e', script];
}

interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The values of a page of metrics in the text format of Prometheus. */
function parseMetrics(text: string): Sample[] {
  return [...text.matchAll(/^(?<name>[a-zA-Z_]\w*)(?:\{(?<labels>.*)\})? (?<value>[^ \n]+)$/gm)].map(
    ({ groups = {} }) => ({
      name: groups['name'] ?? '',
      labels: parseLabels(groups['labels'] ?? ''),
      value: Number(groups['value']),
    }),
  );
}

function parseLabels(text: string): Record<string, string> {
  const pairs = [...text.matchAll(/(?<key>\w+)="(?<value>(?:[^"\\]|\\.)*)"/g)];
  return Object.fromEntries(pairs.map(({ groups = {} }) => [groups['key'] ?? '', groups['value'] ?? '']));
}

/** The answer for each service, over the pages of several adapters. Throws if the query is beyond what is known here. */
export function query(expression: string, pages: readonly string[]): Record<string, number> {
  const samples = pages.flatMap(parseMetrics);
  const quantile = /^histogram_quantile\((?<share>[\d.]+), (?<inner>.+)\)$/.exec(expression)?.groups;
  const sums = sumBy(quantile?.['inner'] ?? expression, samples);
  if (quantile === undefined) return Object.fromEntries(sums.map(({ labels, value }) => [labels['service'], value]));
  const services = Object.groupBy(sums, ({ labels }) => labels['service'] ?? '');
  return Object.fromEntries(
    Object.entries(services).map(([service, buckets = []]) => [
      service,
      histogramQuantile(Number(quantile['share']), buckets),
    ]),
  );
}

function sumBy(expression: string, samples: readonly Sample[]): Sample[] {
  const groups = /^sum by \((?<by>[\w, ]+)\) \((?<name>\w+)(?:\{(?<matchers>.*)\})?\)$/.exec(expression)?.groups;
  if (groups === undefined) throw new Error(`no such query is known here: ${expression}`);
  const by = (groups['by'] ?? '').split(', ');
  const matchers = Object.entries(parseLabels(groups['matchers'] ?? ''));
  const sums = new Map<string, Sample>();
  for (const { name, labels, value } of samples) {
    if (name !== groups['name'] || matchers.some(([key, wanted]) => labels[key] !== wanted)) continue;
    const kept = Object.fromEntries(by.map((key) => [key, labels[key] ?? '']));
    const key = JSON.stringify(kept);
    sums.set(key, { name, labels: kept, value: value + (sums.get(key)?.value ?? 0) });
  }
  return [...sums.values()];
}

/** As Prometheus reckons: within a bucket, values are taken to be spread evenly. */
function histogramQuantile(share: number, buckets: readonly Sample[]): number {
  const rising = buckets
    .map(({ labels, value }) => ({ bound: labels['le'] === '+Inf' ? Infinity : Number(labels['le']), count: value }))
    .sort((one, other) => one.bound - other.bound);
  const rank = share * (rising.at(-1)?.count ?? 0);
  const index = rising.findIndex(({ count }) => count >= rank);
  const { bound = Number.NaN, count = 0 } = rising[index] ?? {};
  const { bound: lower, count: before } = rising[index - 1] ?? { bound: 0, count: 0 };
  return bound === Infinity ? lower : lower + ((bound - lower) * (rank - before)) / (count - before);
}
