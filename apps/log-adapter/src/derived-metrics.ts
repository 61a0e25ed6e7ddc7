/**
 * Metrics made of the events: how many there were, and the values of their fields. Prometheus keeps a series for each
 * set of labels for ever, and a log may hold any text, so there is a limit: what comes after it is counted as `other`.
 */
import type { Metric, Registry } from 'prom-client';
import type { DerivedMetricConfig } from './config.ts';
import type { FieldValue } from './field-values.ts';
import type { ParsedEvent } from './parsed-event.ts';

/** As much of a text as becomes the value of a label. */
const MAX_LABEL_LENGTH = 128;

const OTHER = 'other';

/** As prom-client's own histogram. */
const DEFAULT_BUCKETS: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

interface Series {
  readonly labels: Readonly<Record<string, string>>;
  /** The count of a counter, the last value of a gauge, the sum of a histogram. */
  value: number;
  /** Of a histogram: how many values there were in each bucket, the last one without a bound. */
  readonly buckets: number[];
}

/** A value as prom-client's registry takes it. */
interface MetricValue {
  readonly metricName?: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

/** What a field of an event is, the ones that are no fields of the log included. */
function valueOf(event: ParsedEvent, service: string, field: string): FieldValue {
  switch (field) {
    case 'service':
      return service;
    case 'level':
    case 'logger':
    case 'msg':
    case 'stack':
      return event[field];
    case 'parse_error':
      return event.error;
    default:
      return Object.hasOwn(event.fields, field) ? event.fields[field] : undefined;
  }
}

/** One of them; the registry of prom-client takes it as a metric. */
export class DerivedMetric {
  readonly name: string;
  readonly help: string;
  readonly type: DerivedMetricConfig['type'];
  readonly aggregator = 'sum';
  /** What it looks at. */
  readonly fields: ReadonlySet<string>;
  readonly #config: DerivedMetricConfig;
  readonly #conditions: readonly (readonly [string, RegExp])[];
  readonly #bounds: readonly number[];
  readonly #series = new Map<string, Series>();
  readonly #onOverflow: (metric: string) => void;

  constructor(config: DerivedMetricConfig, onOverflow: (metric: string) => void) {
    this.name = config.name;
    this.type = config.type;
    this.help = config.help ?? `The ${config.type} of ${config.field ?? 'events'} in the log.`;
    this.#config = config;
    this.#conditions = Object.entries(config.match);
    this.#bounds = config.type === 'histogram' ? (config.buckets ?? DEFAULT_BUCKETS) : [];
    this.#onOverflow = onOverflow;
    this.fields = new Set([...config.labels, ...Object.keys(config.match), config.field ?? '']);
    if (config.labels.length === 0) this.#seriesOf([]);
  }

  observe(event: ParsedEvent, service: string): void {
    const { field, labels } = this.#config;
    for (const [name, pattern] of this.#conditions) {
      const value = valueOf(event, service, name);
      if (value === undefined || value === null || !pattern.test(String(value))) return;
    }
    const amount = field === undefined ? 1 : toNumber(valueOf(event, service, field));
    if (amount === undefined || (this.type === 'counter' && amount < 0)) return;
    const series = this.#seriesOf(labels.map((label) => toLabel(valueOf(event, service, label))));
    if (this.type === 'gauge') series.value = amount;
    else series.value += amount;
    if (this.type !== 'histogram') return;
    const bucket = this.#bounds.findIndex((bound) => amount <= bound);
    const index = bucket < 0 ? this.#bounds.length : bucket;
    series.buckets[index] = (series.buckets[index] ?? 0) + 1;
  }

  /** For the registry. */
  async get() {
    const all = Array.from(this.#series.values());
    const values = this.type === 'histogram' ? all.flatMap((series) => this.#toHistogram(series)) : all.map(toValue);
    return { name: this.name, help: this.help, type: this.type, values, aggregator: this.aggregator };
  }

  /** For the registry, which forgets what was counted. */
  reset(): void {
    this.#series.clear();
  }

  #seriesOf(values: readonly string[]): Series {
    const key = values.join('\0');
    const known = this.#series.get(key);
    if (known !== undefined) return known;
    // The series of the others is one more.
    const isFull = this.#series.size >= this.#config.maxSeries && values.some((value) => value !== OTHER);
    if (isFull) {
      this.#onOverflow(this.name);
      return this.#seriesOf(values.map(() => OTHER));
    }
    const labels = Object.fromEntries(this.#config.labels.map((label, index) => [label, values[index] ?? '']));
    const series = { labels, value: 0, buckets: Array.from({ length: this.#bounds.length + 1 }, () => 0) };
    this.#series.set(key, series);
    return series;
  }

  #toHistogram({ labels, value, buckets }: Series): MetricValue[] {
    let count = 0;
    const counts = [...this.#bounds, '+Inf'].map((bound, index) => {
      count += buckets[index] ?? 0;
      return { metricName: `${this.name}_bucket`, labels: { le: bound, ...labels }, value: count };
    });
    return [
      ...counts,
      { metricName: `${this.name}_sum`, labels, value },
      { metricName: `${this.name}_count`, labels, value: count },
    ];
  }
}

function toValue({ labels, value }: Series): MetricValue {
  return { labels, value };
}

function toNumber(value: FieldValue): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

function toLabel(value: FieldValue): string {
  if (typeof value === 'string') return value.length > MAX_LABEL_LENGTH ? value.slice(0, MAX_LABEL_LENGTH) : value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

/** All of them, as the configuration says now. */
export class DerivedMetrics {
  readonly #registry: Registry;
  readonly #onOverflow: (metric: string) => void;
  readonly #known = new Map<string, { readonly text: string; readonly metric: DerivedMetric }>();
  #inUse: readonly DerivedMetric[] = [];

  /** `onOverflow` is told of each event that went to the series of the others. */
  constructor(registry: Registry, onOverflow: (metric: string) => void) {
    this.#registry = registry;
    this.#onOverflow = onOverflow;
  }

  /** Counts what this says from now on; a metric that is the same as before goes on. */
  use(configs: readonly DerivedMetricConfig[]): void {
    const wanted = new Map(configs.map((config) => [config.name, config]));
    for (const [name, { text }] of this.#known) {
      if (textOf(wanted.get(name)) === text) continue;
      this.#registry.removeSingleMetric(name);
      this.#known.delete(name);
    }
    this.#inUse = configs.map((config) => {
      const known = this.#known.get(config.name);
      if (known !== undefined) return known.metric;
      const metric = new DerivedMetric(config, this.#onOverflow);
      // What the registry asks of a metric is less than what its type says.
      this.#registry.registerMetric(metric as unknown as Metric);
      this.#known.set(config.name, { text: textOf(config), metric });
      return metric;
    });
  }

  /** Whether one of them needs one of these fields. */
  asksFor(fields: readonly string[]): boolean {
    return this.#inUse.some((metric) => fields.some((field) => metric.fields.has(field)));
  }

  observe(event: ParsedEvent, service: string): void {
    for (const metric of this.#inUse) metric.observe(event, service);
  }
}

/** What tells a metric from another of the same name; patterns have no JSON of their own. */
function textOf(config: DerivedMetricConfig | undefined): string {
  return JSON.stringify(config, (_key, value: unknown) => (value instanceof RegExp ? value.source : value)) ?? '';
}
