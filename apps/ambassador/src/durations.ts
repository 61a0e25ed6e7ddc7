/**
 * A Prometheus histogram of durations whose series are plain numbers: prom-client's own looks up and checks the labels
 * at every observation, which costs a small request more than all else that is counted for it.
 */
import type { Metric, Registry } from 'prom-client';

/** Upper bounds of the buckets, in seconds. */
const BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

const LABEL_NAMES = ['listener', 'upstream'] as const;
type Labels = Readonly<Record<(typeof LABEL_NAMES)[number], string>>;

export interface DurationsOptions {
  readonly name: string;
  readonly help: string;
  readonly registry: Registry;
}

/** Observations with one set of labels. */
export class DurationSeries {
  readonly #labels: Labels;
  /** By the first bucket that holds them; the last has no bound. */
  readonly #counts: number[] = Array.from({ length: BOUNDS.length + 1 }, () => 0);
  #sum = 0;

  constructor(labels: Labels) {
    this.#labels = labels;
  }

  observe(seconds: number): void {
    let bucket = 0;
    while (seconds > (BOUNDS[bucket] ?? Infinity)) bucket += 1;
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#sum += seconds;
  }

  /** In the form of prom-client; a bucket counts all those below it too. Nothing if nothing was observed. */
  collect(name: string) {
    let count = 0;
    const buckets = this.#counts.map((own, index) => {
      const labels = { le: BOUNDS[index] ?? '+Inf', ...this.#labels };
      return { metricName: `${name}_bucket`, labels, value: (count += own) };
    });
    if (count === 0) return [];
    const labels = this.#labels;
    return [
      ...buckets,
      { metricName: `${name}_sum`, labels, value: this.#sum },
      { metricName: `${name}_count`, labels, value: count },
    ];
  }
}

/** Registers the histogram. The function that it returns adds a series to it. */
export function createDurations({ name, help, registry }: DurationsOptions): (labels: Labels) => DurationSeries {
  const all: DurationSeries[] = [];
  const metric = {
    name,
    help,
    type: 'histogram',
    aggregator: 'sum',
    labelNames: LABEL_NAMES,
    get: () => ({
      name,
      help,
      type: 'histogram',
      aggregator: 'sum',
      values: all.flatMap((each) => each.collect(name)),
    }),
  };
  // The registry asks for no more than this of a metric, whatever its types say.
  registry.registerMetric(metric as unknown as Metric);
  return (labels) => {
    const series = new DurationSeries(labels);
    all.push(series);
    return series;
  };
}
