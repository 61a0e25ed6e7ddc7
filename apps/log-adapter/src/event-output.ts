/** Writes the events of one log, counts them, and commits the place after them once the output has taken them. */
import type { InputConfig } from './config.ts';
import type { RawEvent } from './event-assembler.ts';
import { LEVELS } from './levels.ts';
import type { Line } from './line.ts';
import type { Metrics } from './metrics.ts';
import type { EventSource } from './position.ts';
import type { Sink } from './sink.ts';
import type { Transforms } from './transform.ts';

export interface EventOutputOptions {
  readonly sink: Sink;
  readonly transforms: Transforms;
  readonly metrics: Metrics;
  /** The time of day, in milliseconds, for the events. */
  readonly date: () => number;
  /** Events were taken by the output: the positions are others now. */
  readonly onProgress: (events: number) => void;
}

/** So many events are written, and committed, at once: a restart writes as many again at most. */
const MAX_BATCH_EVENTS = 1_024;

export class EventOutput {
  readonly #options: EventOutputOptions;
  readonly #config: () => InputConfig;

  /** `config` is asked for every batch, because it may change. */
  constructor(options: EventOutputOptions, config: () => InputConfig) {
    this.#options = options;
    this.#config = config;
    // A counter that is not there yet cannot be told from one that is missing.
    for (const name of ['lines', 'bytes', 'eventsDropped', 'rotations', 'truncations'] as const) {
      options.metrics[name].inc({ input: config().name }, 0);
    }
  }

  /**
   * Writes events, and commits the place after them when they were taken. An event with a line that has no end is
   * written but not committed, unless its file is over: a restart would read it again, whole.
   */
  write(stream: EventSource, events: readonly RawEvent[], { isOver = false } = {}): void {
    for (let start = 0; start < events.length; start += MAX_BATCH_EVENTS) {
      this.#writeBatch(stream, events.slice(start, start + MAX_BATCH_EVENTS), isOver);
    }
  }

  #writeBatch(stream: EventSource, events: readonly RawEvent[], isOver: boolean): void {
    const { sink, metrics, onProgress, date, transforms } = this.#options;
    const { logPath: logFile } = stream;
    const config = this.#config();
    const input = config.name;
    const transform = transforms.of(config);
    const observedMs = date();
    const last = events.findLast(({ isPartial }) => isOver || !isPartial);
    const position = last && stream.positionAt(last.endOffset);
    const batch = sink.startBatch();
    const origin = { logFile, observedMs };
    for (const event of events) transform.add(event, origin, batch);
    const { levels, failures } = transform.takeOutcome();
    for (const [reason, count] of failures) metrics.parseFailures.inc({ input, reason }, count);
    const onTaken = (): void => {
      for (const level of LEVELS) if (levels[level] > 0) metrics.events.inc({ input, level }, levels[level]);
      if (position === undefined) return;
      stream.commit(position);
      onProgress(events.length);
    };
    sink.writeBatch(batch, onTaken);
  }

  /** Counts what was read. */
  count(bytes: number, lines: readonly Line[]): void {
    const { metrics } = this.#options;
    const input = this.#config().name;
    metrics.bytes.inc({ input }, bytes);
    metrics.lines.inc({ input }, lines.length);
    for (const { cutBytes, nulBytes } of lines) {
      if (cutBytes > 0) metrics.skippedBytes.inc({ input, reason: 'too_long' }, cutBytes);
      if (nulBytes > 0) metrics.skippedBytes.inc({ input, reason: 'nul' }, nulBytes);
    }
  }
}
