/** Events that are JSON objects already, but with names, levels and times of their own. */
import type { ParserOf } from './config-parsers.ts';
import { toFieldName, type FieldValue, type Fields } from './field-values.ts';
import { parseJson } from './json-value.ts';
import {
  addField,
  failure,
  headFailure,
  readHead,
  ruleOf,
  type EventParser,
  type ParseFailure,
} from './parsed-event.ts';

export function createJsonParser(config: ParserOf<'json'>): EventParser {
  const taken = new Set([config.time, config.level, config.message, config.logger, config.stack]);
  return (lines, redactor) => {
    const source = lines.length === 1 ? (lines[0] as string) : lines.join('\n');
    const raw = readObject(source);
    if (!('object' in raw)) return raw;
    const { object } = raw;
    const event = redactor === undefined ? object : (redactor.value(object) as JsonObject);
    const text = (key: string): string | undefined => (Object.hasOwn(event, key) ? toText(event[key]) : undefined);

    const [time, levelWord] = [text(config.time), text(config.level)];
    const head = readHead(time, config.timeFormat, levelWord, config.levels);
    if (typeof head === 'string') return headFailure(head, time, levelWord, source);

    const fields: Fields = {};
    let badFields = 0;
    let hasNested = false;
    for (const key in event) {
      if (!Object.hasOwn(event, key)) continue;
      const value = event[key];
      const isNested = typeof value === 'object' && value !== null;
      hasNested ||= isNested;
      if (taken.has(key)) continue;
      const rule = ruleOf(config.keys, key);
      if (rule !== undefined && rule.type !== 'text') {
        badFields += addField(fields, key, toText(value) ?? '', config.keys, redactor);
      } else {
        fields[rule?.name ?? toFieldName(key)] = isNested ? JSON.stringify(value) : (value as FieldValue);
      }
    }
    return {
      timeMs: head.timeMs,
      level: head.level,
      logger: text(config.logger),
      msg: text(config.message) ?? '',
      stack: text(config.stack),
      fields,
      badFields,
      hasNoQuotes: !hasNested,
      error: undefined,
    };
  };
}

type JsonObject = Readonly<Record<string, unknown>>;

function readObject(text: string): { readonly object: JsonObject } | ParseFailure {
  // What does not even begin like an object needs no exception to say so.
  if (!/^\s*\{/.test(text)) return failure('not_json', 'the { of a JSON object');
  try {
    return { object: parseJson(text) as JsonObject };
  } catch (error) {
    const { message } = error as Error;
    if (error instanceof RangeError) return failure('too_deep', message);
    const place = /at position (?<place>\d+)/.exec(message)?.groups?.['place'];
    return failure('not_json', `JSON: ${message}`, Number(place ?? text.length) + 1);
  }
}

/** A value as text: the schema is flat, so what is nested is written as JSON. */
function toText(value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
