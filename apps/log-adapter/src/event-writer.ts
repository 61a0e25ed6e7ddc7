/** Writes events as JSON by hand: what is the same for all events of an input is made once, and most texts need no escape. */
import {
  AFTER_OPEN,
  createEventFrame,
  createFieldHeads,
  perLevel,
  resourcesOf,
  type EventWriterOptions,
} from './event-frame.ts';
import { createTimeWriter, quote } from './json-text.ts';
import { fieldNameIn, SEVERITY } from './output-schema.ts';
import type { ParsedEvent } from './parsed-event.ts';

/** Where an event comes from, and what happened to it on the way. */
export interface EventOrigin {
  /** The file, or the name of the stream. */
  readonly logFile: string;
  /** When it was read. */
  readonly observedMs: number;
  readonly isTruncated: boolean;
  readonly isPartial: boolean;
  /** What `lineScanner` has seen in its lines, if they were looked at already. */
  readonly traits?: number | undefined;
}

/** One line of JSON with its newline. `isPlain`: no character of its lines needs care. */
export type WriteEvent = (event: ParsedEvent, origin: EventOrigin, isPlain: boolean) => string;

export function createEventWriter(options: EventWriterOptions): WriteEvent {
  const { schema, redactor } = options;
  const headOfField = createFieldHeads(options);
  const toJson = (value: string | number | boolean, isSecret: boolean): string => {
    if (isSecret && redactor !== undefined && typeof value !== 'boolean') return quote(redactor.mask(String(value)));
    if (typeof value === 'string') return quote(value);
    // JSON has no name for what is not finite.
    return typeof value === 'number' && !Number.isFinite(value) ? quote(String(value)) : String(value);
  };

  const writeFields = (fields: ParsedEvent['fields'], isPlain: boolean): string => {
    let text = '';
    let after: 0 | typeof AFTER_OPEN = 0;
    for (const field in fields) {
      const value = fields[field];
      if (value === undefined || value === null) continue;
      const { texts, isSecret } = headOfField(field);
      if (isPlain && typeof value === 'string' && !isSecret) {
        text += texts[after === 0 ? 1 : 3] + value;
        after = AFTER_OPEN;
      } else {
        text += texts[after] + toJson(value, isSecret);
        after = 0;
      }
    }
    return after === 0 ? text : `${text}"`;
  };

  const headOf = (field: string): string => `,${quote(fieldNameIn(schema, field))}:`;
  const [logger, stack, parseError, truncated, partial, logFile] = [
    headOf('logger'),
    headOf('stack'),
    headOf('parse_error'),
    headOf('truncated'),
    headOf('partial'),
    headOf('log_file'),
  ];
  const writeAround = (event: ParsedEvent, origin: EventOrigin, isPlain: boolean): string => {
    let text = writeFields(event.fields, isPlain);
    if (event.logger !== undefined) text = logger + quote(event.logger) + text;
    if (event.stack !== undefined) text += stack + quote(event.stack);
    if (event.error !== undefined) text += `${parseError}"${event.error}"`;
    if (origin.isTruncated) text += `${truncated}true`;
    if (origin.isPartial) text += `${partial}true`;
    return text;
  };

  const eventTime = createTimeWriter();
  const observedTime = createTimeWriter();
  if (schema === 'otel') return createOtelWriter(resourcesOf(options), logFile, remember(quote), writeAround);

  const { starts, afterTime, endOf } = createEventFrame({ ...options, schema });
  return (event, origin, isPlain) => {
    const observed = observedTime(origin.observedMs);
    // Sums of texts: in a template each of them would be looked at, whether it is a text.
    let text = starts[event.level] + (event.timeMs === undefined ? observed : eventTime(event.timeMs));
    text += afterTime + writeAround(event, origin, isPlain) + endOf(observed, origin.logFile);
    return text + (isPlain ? event.msg : quote(event.msg).slice(1, -1)) + '"}\n';
  };
}

/** What an event of OpenTelemetry has outside of its attributes. */
const OTEL_IDS = ['trace_id', 'span_id'] as const;

function createOtelWriter(
  resources: string,
  logFile: string,
  quoteFile: (file: string) => string,
  writeAround: (event: ParsedEvent, origin: EventOrigin, isPlain: boolean) => string,
): WriteEvent {
  const severity = perLevel((level) => `"SeverityText":"${level.toUpperCase()}","SeverityNumber":${SEVERITY[level]}`);
  return (event, origin, isPlain) => {
    const timeMs = event.timeMs ?? origin.observedMs;
    let ids = '';
    let { fields } = event;
    if ('trace_id' in fields || 'span_id' in fields) {
      fields = { ...fields };
      for (const name of OTEL_IDS) {
        const id = fields[name];
        if (typeof id === 'string') ids += `,"${fieldNameIn('otel', name)}":${quote(id)}`;
        delete fields[name];
      }
    }
    const attributes = writeAround({ ...event, fields }, origin, isPlain);
    const msg = isPlain ? `"${event.msg}"` : quote(event.msg);
    return `{"Timestamp":"${toNanoseconds(timeMs)}","ObservedTimestamp":"${toNanoseconds(origin.observedMs)}",${severity[event.level]}${ids},"Resource":{${resources}},"Attributes":{${logFile.slice(1)}${quoteFile(origin.logFile)}${attributes}},"Body":${msg}}\n`;
  };
}

function toNanoseconds(timeMs: number): string {
  return timeMs === 0 ? '0' : `${timeMs}000000`;
}

/** Keeps the last answer: the same file comes again and again. */
function remember(make: (text: string) => string): (text: string) => string {
  let last: string | undefined;
  let answer = '';
  return (text) => {
    if (text !== last) {
      answer = make(text);
      last = text;
    }
    return answer;
  };
}
