/** What the adapter counts of itself. The label `input` is the name of the input, which is its path unless it is given one. */
import { Counter, Gauge, type Registry } from 'prom-client';

export type Metrics = ReturnType<typeof createMetrics>;

/** What `ask` has is asked at every scrape: the value for each input. */
export function createMetrics(
  registry: Registry,
  ask: Readonly<Record<'lagBytes' | 'lagSeconds' | 'openFiles' | 'outputRetries', () => ReadonlyMap<string, number>>>,
) {
  const registers = [registry];
  const counter = <Label extends string = never>(name: string, help: string, ...labelNames: Label[]): Counter<Label> =>
    new Counter({ name: `log_adapter_${name}`, help, labelNames, registers });
  const perInput = (name: string, help: string, values: () => ReadonlyMap<string, number>): Gauge<'input'> =>
    new Gauge({
      name: `log_adapter_${name}`,
      help,
      labelNames: ['input'],
      registers,
      collect() {
        this.reset();
        for (const [input, value] of values()) this.set({ input }, value);
      },
    });

  perInput('lag_bytes', 'Bytes of the log that are written but not on stdout yet.', ask.lagBytes);
  perInput('lag_seconds', 'How long something has been waiting to get to stdout.', ask.lagSeconds);
  perInput('open_files', 'Files of the log that are open, those that were put aside included.', ask.openFiles);
  const outputRetries = new Counter({
    name: 'log_adapter_output_retries_total',
    help: 'Times that stdout took nothing, and was tried again.',
    labelNames: ['code'],
    registers,
    collect() {
      this.reset();
      for (const [code, value] of ask.outputRetries()) this.inc({ code }, value);
    },
  });
  return {
    outputRetries,
    lines: counter('lines_total', 'Lines read.', 'input'),
    bytes: counter('bytes_total', 'Bytes read.', 'input'),
    events: counter('events_total', 'Events that stdout has taken.', 'input', 'level'),
    eventsDropped: counter('events_dropped_total', 'Events that were read but not written; always 0.', 'input'),
    parseFailures: counter('parse_failures_total', 'Events or values that are not as configured.', 'input', 'reason'),
    skippedBytes: counter('skipped_bytes_total', 'Bytes left out: ends of long lines, holes.', 'input', 'reason'),
    rotations: counter('rotations_total', 'New files of a log that was there before.', 'input'),
    truncations: counter('truncations_total', 'Times that a file lost what was read of it.', 'input'),
    metricOverflows: counter('metric_overflows_total', 'Events counted under `other`: too many label sets.', 'metric'),
    checkpointFailures: counter('checkpoint_failures_total', 'Checkpoints that could not be written.'),
    checkpointTime: new Gauge({
      name: 'log_adapter_checkpoint_timestamp_seconds',
      help: 'When the last checkpoint was written.',
      registers,
    }),
    configReloads: counter('config_reloads_total', 'Changes of the configuration file.', 'result'),
    configIsGood: new Gauge({
      name: 'log_adapter_config_last_reload_successful',
      help: '1 if the configuration file is in use as it is, 0 if it cannot be used.',
      registers,
    }),
  };
}
