/** Writes the events of one log, counts them, and commits the place after them once the output has taken them. */
import type { InputConfig } from './config.ts';
import type { RawEvent } from './event-assembler.ts';
import type { WriteEvent } from './event-writer.ts';
import type { Line } from './line-splitter.ts';
import type { LogStream } from './log-stream.ts';
import type { Metrics } from './metrics.ts';
import { parseEvent } from './parse-event.ts';
import type { Sink } from './sink.ts';

export interface EventOutputOptions {
  readonly sink: Sink;
  readonly writeEvent: WriteEvent;
  readonly metrics: Metrics;
  readonly now: () => number;
  /** Events were taken by the output: the positions are others now. */
  readonly onProgress: () => void;
}

/** So many events are written, and committed, at once: a restart writes as many again at most. */
const MAX_BATCH_EVENTS = 256;

export class EventOutput {
  readonly #options: EventOutputOptions;
  readonly #config: () => InputConfig;

  /** `config` is asked for every event, because it may change. */
  constructor(options: EventOutputOptions, config: () => InputConfig) {
    this.#options = options;
    this.#config = config;
    // A counter that is not there yet cannot be told from one that is missing.
    for (const name of ['lines', 'bytes', 'eventsDropped', 'rotations', 'truncations'] as const) {
      options.metrics[name].inc({ input: config().path }, 0);
    }
  }

  /**
   * Writes events, and commits the place after them when they were taken. An event with a line that has no end is
   * written but not committed, unless its file is over: a restart would read it again, whole.
   */
  write(stream: LogStream, events: readonly RawEvent[], { isOver = false } = {}): void {
    for (let start = 0; start < events.length; start += MAX_BATCH_EVENTS) {
      this.#writeBatch(stream, events.slice(start, start + MAX_BATCH_EVENTS), isOver);
    }
  }

  #writeBatch(stream: LogStream, events: readonly RawEvent[], isOver: boolean): void {
    const { sink, metrics, onProgress } = this.#options;
    const input = this.#config().path;
    const last = events.findLast(({ isPartial }) => isOver || !isPartial);
    const position = last && { offset: last.endOffset, anchor: last.anchor() };
    const counts = new Map<string, number>();
    sink.batch(
      () => {
        for (const event of events) {
          if (event.lines.length === 0) continue;
          const level = this.#writeOne(event);
          counts.set(level, (counts.get(level) ?? 0) + 1);
        }
      },
      () => {
        for (const [level, count] of counts) metrics.events.inc({ input, level }, count);
        if (position === undefined) return;
        stream.commit(position);
        onProgress();
      },
    );
  }

  /** Counts what was read. */
  count(bytes: number, lines: readonly Line[]): void {
    const { metrics } = this.#options;
    const input = this.#config().path;
    metrics.bytes.inc({ input }, bytes);
    metrics.lines.inc({ input }, lines.length);
    for (const { cutBytes, nulBytes } of lines) {
      if (cutBytes > 0) metrics.skippedBytes.inc({ input, reason: 'too_long' }, cutBytes);
      if (nulBytes > 0) metrics.skippedBytes.inc({ input, reason: 'nul' }, nulBytes);
    }
  }

  #writeOne({ lines, isTruncated, isPartial }: RawEvent): string {
    const { metrics, writeEvent, now } = this.#options;
    const { path: input, service, parser } = this.#config();
    const parsed = parseEvent(lines, parser);
    if (parsed.error !== undefined) metrics.parseFailures.inc({ input, reason: parsed.error });
    if (parsed.badFields > 0) metrics.parseFailures.inc({ input, reason: 'bad_field' }, parsed.badFields);
    writeEvent(parsed, { service, logFile: input, observedMs: now(), isTruncated, isPartial });
    return parsed.level;
  }
}
