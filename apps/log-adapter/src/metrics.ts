/** What the adapter counts of itself. The label `input` is the path of the log. */
import { Counter, Gauge, type Registry } from 'prom-client';

export type Metrics = ReturnType<typeof createMetrics>;

/** `lagBytes` and `openFiles` are asked at every scrape: the value for each input. */
export function createMetrics(
  registry: Registry,
  ask: { readonly lagBytes: () => ReadonlyMap<string, number>; readonly openFiles: () => ReadonlyMap<string, number> },
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
  perInput('open_files', 'Files of the log that are open, those that were put aside included.', ask.openFiles);
  return {
    lines: counter('lines_total', 'Lines read.', 'input'),
    bytes: counter('bytes_total', 'Bytes read.', 'input'),
    events: counter('events_total', 'Events that stdout has taken.', 'input', 'level'),
    eventsDropped: counter('events_dropped_total', 'Events that were read but not written; always 0.', 'input'),
    parseFailures: counter('parse_failures_total', 'Events or values that are not as configured.', 'input', 'reason'),
    skippedBytes: counter('skipped_bytes_total', 'Bytes left out: ends of long lines, holes.', 'input', 'reason'),
    rotations: counter('rotations_total', 'New files of a log that was there before.', 'input'),
    truncations: counter('truncations_total', 'Times that a file lost what was read of it.', 'input'),
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
