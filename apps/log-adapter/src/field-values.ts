/** Names and values of fields that come out of a log: one spelling, one type, and nothing of ours can be overwritten. */
import { parseTraceparent } from '@pod-patterns/runtime/trace-context.ts';

/** How a value is to be read; `text` leaves it as it is. */
export const FIELD_TYPES = ['text', 'number', 'durationMs', 'traceparent'] as const;

export type FieldType = (typeof FIELD_TYPES)[number];

/** Fields that only the adapter sets. */
export const RESERVED_NAMES: ReadonlySet<string> = new Set([
  'time',
  'level',
  'service',
  'logger',
  'msg',
  'stack',
  'observed_time',
  'log_file',
  'parse_error',
  'truncated',
  'partial',
  // Names that every JavaScript object answers to: a reader of our output could stumble over them.
  'constructor',
]);

/** By name. The names are those of `toFieldName` or of the configuration: none has a meaning of its own to JavaScript. */
export type Fields = Record<string, FieldValue>;

/** What a field may be: nothing that has parts. */
export type FieldValue = string | number | boolean | null | undefined;

/** What the configuration says of one key of the log. */
export interface FieldRule {
  readonly name?: string | undefined;
  readonly type: FieldType;
}

/** The same few keys come again and again. */
const knownNames = new Map<string, string>();
const MAX_KNOWN_NAMES = 1_000;

/** The name of a field for a key of the log: `request-id` becomes `request_id`, `level` becomes `field_level`. */
export function toFieldName(key: string): string {
  const known = knownNames.get(key);
  if (known !== undefined) return known;
  const name = makeFieldName(key);
  if (knownNames.size < MAX_KNOWN_NAMES && key.length <= 64) knownNames.set(key, name);
  return name;
}

function makeFieldName(key: string): string {
  const name = key
    .slice(0, 256)
    .replaceAll(/(?<lower>[a-z0-9])(?<upper>[A-Z])/g, '$<lower>_$<upper>')
    .replaceAll(/[^A-Za-z0-9]+/g, '_')
    .replaceAll(/^_|_$/g, '')
    .toLowerCase()
    .slice(0, 64);
  return /^[a-z]/.test(name) && !RESERVED_NAMES.has(name) ? name : `field_${name}`;
}

/**
 * Puts a value into the fields under its name and in its type. A value that is not of the type keeps its text, under
 * the name with `_text` at the end, because a field must not change its type; the result is false then.
 */
export function setField(fields: Fields, key: string, text: string, rule: FieldRule | undefined): boolean {
  const name = rule?.name ?? toFieldName(key);
  const type = rule?.type ?? 'text';
  if (type === 'traceparent') {
    const context = parseTraceparent(text);
    if (context === undefined) return setTyped(fields, name, text, undefined);
    fields['trace_id'] = context.traceId;
    fields['span_id'] = context.spanId;
    return true;
  }
  if (type === 'number') return setTyped(fields, name, text, readNumber(text));
  return setTyped(fields, name, text, type === 'durationMs' ? readDurationMs(text) : text);
}

function setTyped(fields: Fields, name: string, text: string, value: string | number | undefined): boolean {
  fields[value === undefined ? `${name}_text` : name] = value ?? text;
  return value !== undefined;
}

function readNumber(text: string): number | undefined {
  if (!/^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text)) return undefined;
  const value = Number(text);
  const isExact = Number.isFinite(value) && (!/^[+-]?\d+$/.test(text) || Number.isSafeInteger(value));
  return isExact ? value : undefined;
}

const MS_PER_UNIT: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};

/** `0.012s`, `12ms`, `3µs`, `2m`: milliseconds, exact to the nanosecond. */
function readDurationMs(text: string): number | undefined {
  const groups = /^(?<amount>\d{1,15}(?:\.\d{1,15})?) ?(?<unit>ns|us|µs|ms|s|m|h)$/.exec(text)?.groups;
  if (groups === undefined) return undefined;
  const milliseconds = Number(groups['amount']) * (MS_PER_UNIT[groups['unit'] ?? ''] ?? Number.NaN);
  return Number(milliseconds.toFixed(6));
}
