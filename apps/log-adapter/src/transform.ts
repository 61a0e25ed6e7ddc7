/** From the raw lines of an event to the line that is written: read, without secrets, counted, in the schema asked for. */
import { createAccessLogLane, type LaneOrigin } from './access-log-lane.ts';
import type { AdapterConfig, InputConfig } from './config.ts';
import type { DerivedMetrics } from './derived-metrics.ts';
import type { RawEvent } from './event-assembler.ts';
import { perLevel, type EventWriterOptions } from './event-frame.ts';
import { createEventWriter, type EventOrigin } from './event-writer.ts';
import type { Level } from './levels.ts';
import type { LineBuffer } from './line-buffer.ts';
import { lineScanner } from './line-traits.ts';
import { splitStreams } from './parse-cri.ts';
import { createEventReader } from './parse-event.ts';
import { EMPTY_EVENT, type ParsedEvent } from './parsed-event.ts';
import { Redactor } from './redactor.ts';
import { SUSPECT } from './text-scanner.ts';

/** What the events of all inputs have in common. */
export interface TransformContext {
  readonly config: Pick<AdapterConfig, 'schema' | 'redact'>;
  /** What is known of the Pod, by name. */
  readonly resources: ReadonlyMap<string, string>;
  readonly derived?: Pick<DerivedMetrics, 'observe' | 'asksFor'> | undefined;
}

/** What became of the events since it was asked the last time. */
export interface Outcome {
  /** How many lines were written of each level. */
  readonly levels: Readonly<Record<Level, number>>;
  /** How many events, and values, could not be read, by the reason. */
  readonly failures: ReadonlyMap<string, number>;
}

export interface Transform {
  /** Adds what an event becomes to the lines that go out; nothing if the event is an empty line. */
  readonly add: (event: RawEvent, origin: LaneOrigin, out: LineBuffer) => void;
  /** The event as JSON with a newline; several of them if its lines are of several streams of a container. */
  readonly write: (lines: readonly string[], origin: EventOrigin) => string;
  readonly takeOutcome: () => Outcome;
}

/** Makes the transformation for one input. It never throws: an event that cannot be read is an event all the same. */
export function createTransform(input: InputConfig, { config, resources, derived }: TransformContext): Transform {
  const redactor = config.redact.mode === 'off' ? undefined : new Redactor(config.redact);
  const read = createEventReader(input.parsers);
  const options = { schema: config.schema, service: input.service, resources, redactor };
  const writeEvent = createEventWriter(options);
  const isCri = input.parsers.some(({ type }) => type === 'cri');
  let levels = noLevels();
  let failures = new Map<string, number>();
  const fail = (reason: string, count: number): void => {
    failures.set(reason, (failures.get(reason) ?? 0) + count);
  };
  const count = (event: ParsedEvent): void => {
    levels[event.level] += 1;
    if (event.error !== undefined) fail(event.error, 1);
    if (event.badFields > 0) fail('bad_field', event.badFields);
    derived?.observe(event, input.service);
  };

  const looksAtAll = redactor?.looksAtAll === true;
  const writeOne = (lines: readonly string[], origin: EventOrigin): string => {
    let traits = origin.traits ?? 0;
    if (origin.traits === undefined) for (const line of lines) traits |= lineScanner.text(line);
    const isSuspect = looksAtAll || (traits & SUSPECT) !== 0;
    const event = read(lines, isSuspect ? redactor : undefined);
    count(event);
    const isPlain = lines.length === 1 && traits === 0 && !looksAtAll && event.hasNoQuotes;
    return writeEvent(event, origin, isPlain);
  };

  const write: Transform['write'] = (lines, origin) => {
    if (!isCri || lines.length === 1) return writeOne(lines, origin);
    return splitStreams(lines)
      .map((stream) => writeOne(stream, origin))
      .join('');
  };
  const lane = createLane(input, { options, looksAtAll, derived });
  return {
    write,
    add(event, { logFile, observedMs }, out) {
      const { place } = event;
      const level = place === undefined ? undefined : lane?.write(place, { logFile, observedMs }, out);
      if (level !== undefined) {
        levels[level] += 1;
        derived?.observe(EVENT_OF_LEVEL[level], input.service);
        return;
      }
      const { lines, isTruncated, isPartial, traits } = event;
      if (lines.length > 0) out.add(write(lines, { logFile, observedMs, isTruncated, isPartial, traits }));
    },
    takeOutcome() {
      const outcome = { levels, failures };
      levels = noLevels();
      if (failures.size > 0) failures = new Map();
      return outcome;
    },
  };
}

/** What the metrics are told of an event that took the short way: they do not ask for more. */
const EVENT_OF_LEVEL = perLevel((level): ParsedEvent => ({ ...EMPTY_EVENT, level }));

interface LaneConditions {
  readonly options: EventWriterOptions;
  readonly looksAtAll: boolean;
  readonly derived: TransformContext['derived'];
}

/** The short way, if the first parser has one, and nobody has to see each text of an event. */
function createLane({ parsers }: InputConfig, { options, looksAtAll, derived }: LaneConditions) {
  if (parsers[0]?.type !== 'accessLog' || looksAtAll) return undefined;
  const lane = createAccessLogLane(options);
  return lane === undefined || derived?.asksFor(['msg', ...lane.fields]) === true ? undefined : lane;
}

const NO_LEVELS = perLevel(() => 0);

function noLevels(): Record<Level, number> {
  return { ...NO_LEVELS };
}

/** The transformations in use: made when an input needs one, and made anew when what they have in common changes. */
export class Transforms {
  #context: TransformContext;
  #made = new WeakMap<InputConfig, Transform>();

  constructor(context: TransformContext) {
    this.#context = context;
  }

  get context(): TransformContext {
    return this.#context;
  }

  /** Events that come from now on are written like this. */
  use(context: TransformContext): void {
    this.#context = context;
    this.#made = new WeakMap();
  }

  of(input: InputConfig): Transform {
    const known = this.#made.get(input);
    if (known !== undefined) return known;
    const transform = createTransform(input, this.#context);
    this.#made.set(input, transform);
    return transform;
  }
}
