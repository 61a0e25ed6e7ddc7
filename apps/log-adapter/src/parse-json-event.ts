/** Events that are JSON objects already, but with names, levels and times of their own. */
import type { ParserConfig } from './config.ts';
import { setField, toFieldName, type Fields } from './field-values.ts';
import { failedEvent, readHead, ruleOf, type ParsedEvent } from './parse-event.ts';

type JsonParser = Extract<ParserConfig, { type: 'json' }>;

export function parseJsonEvent(lines: readonly string[], parser: JsonParser): ParsedEvent {
  const event = readObject(lines.join('\n'));
  if (event === undefined) return failedEvent(lines, 'not_json');
  const text = (key: string): string | undefined => (Object.hasOwn(event, key) ? toText(event[key]) : undefined);

  const head = readHead(text(parser.time), parser.timeFormat, text(parser.level), parser.levels);
  if (typeof head === 'string') return failedEvent(lines, head);

  const fields: Fields = {};
  let badFields = 0;
  const taken = new Set([parser.time, parser.level, parser.message, parser.logger, parser.stack]);
  for (const [key, value] of Object.entries(event)) {
    if (taken.has(key)) continue;
    const rule = ruleOf(parser.keys, key);
    if ((rule?.type ?? 'text') !== 'text') {
      if (!setField(fields, key, toText(value) ?? '', rule)) badFields += 1;
    } else {
      fields[rule?.name ?? toFieldName(key)] = typeof value === 'object' ? toText(value) : value;
    }
  }
  return {
    ...head,
    logger: text(parser.logger),
    msg: text(parser.message) ?? '',
    stack: text(parser.stack),
    fields,
    badFields,
  };
}

function readObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** A value as text: the schema is flat, so what is nested is written as JSON. */
function toText(value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
