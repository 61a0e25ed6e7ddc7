/**
 * From the lines of an event to its parts, as the configuration describes them. What does not fit is never dropped: it
 * comes out as a warning with the raw text and the reason.
 */
import type { ParserConfig } from './config.ts';
import { setField, type Fields } from './field-values.ts';
import { readLevel, type Level } from './levels.ts';
import { parseJsonEvent } from './parse-json-event.ts';
import type { TimeReader } from './time-format.ts';

/** Why an event could not be read. */
export type ParseError = 'no_match' | 'bad_time' | 'unknown_level' | 'not_json' | 'parser_failed';

export interface ParsedEvent {
  /** Milliseconds since 1970; undefined if the event has no time of its own. */
  readonly timeMs?: number | undefined;
  readonly level: Level;
  readonly logger?: string | undefined;
  readonly msg: string;
  readonly stack?: string | undefined;
  readonly fields: Fields;
  readonly error?: ParseError;
  /** How many values were not of the type the configuration gives them. */
  readonly badFields: number;
}

/** Never throws: an event that cannot be read is an event all the same. */
export function parseEvent(lines: readonly string[], parser: ParserConfig | undefined): ParsedEvent {
  if (parser === undefined) return { level: 'info', msg: rawText(lines), fields: {}, badFields: 0 };
  try {
    return parser.type === 'json' ? parseJsonEvent(lines, parser) : parseTextEvent(lines, parser);
  } catch {
    return failedEvent(lines, 'parser_failed');
  }
}

/** An event that could not be read: its raw text, as a warning. */
export function failedEvent(lines: readonly string[], error: ParseError): ParsedEvent {
  return { level: 'warn', msg: rawText(lines), fields: {}, error, badFields: 0 };
}

type TextParser = Extract<ParserConfig, { type: 'regex' }>;

function parseTextEvent(lines: readonly string[], parser: TextParser): ParsedEvent {
  const [firstLine = '', ...body] = lines;
  const groups = parser.pattern.exec(firstLine)?.groups;
  if (groups === undefined) return failedEvent(lines, 'no_match');
  const { time, level: levelWord, logger, msg, ...others } = groups as Partial<Record<string, string>>;

  const head = readHead(time, parser.timeFormat, levelWord, parser.levels);
  if (typeof head === 'string') return failedEvent(lines, head);

  const fields: Fields = {};
  let badFields = 0;
  const set = (key: string, value: string): void => {
    if (!setField(fields, key, value, ruleOf(parser.fields?.keys, key))) badFields += 1;
  };
  for (const [key, value] of Object.entries(others)) if (value !== undefined) set(key, value);

  const message = msg === undefined ? [] : [msg];
  const stack: string[] = [];
  for (const line of body) {
    // A stack goes on to the end of the event: "Caused by: ..." does not look like the frames around it.
    if (stack.length > 0 || parser.stack?.test(line)) {
      stack.push(line);
      continue;
    }
    const { key, value } = parser.fields?.pattern.exec(line)?.groups ?? {};
    if (key !== undefined && value !== undefined) set(key, value);
    else message.push(line);
  }
  return {
    ...head,
    logger,
    msg: rawText(message),
    stack: stack.length > 0 ? rawText(stack) : undefined,
    fields,
    badFields,
  };
}

/** Time and level, or the reason why they cannot be read. */
export function readHead(
  time: string | undefined,
  timeFormat: TimeReader | undefined,
  levelWord: string | undefined,
  levels: Readonly<Record<string, Level>> | undefined,
): { timeMs: number | undefined; level: Level } | ParseError {
  const timeMs = time === undefined ? undefined : timeFormat?.(time);
  if (time !== undefined && timeMs === undefined) return 'bad_time';
  const level = levelWord === undefined ? 'info' : readLevel(levelWord, levels);
  return level === undefined ? 'unknown_level' : { timeMs, level };
}

/** The rule for a key; a key such as `constructor` has none by itself. */
export function ruleOf<Rule>(rules: Readonly<Record<string, Rule>> | undefined, key: string): Rule | undefined {
  return rules !== undefined && Object.hasOwn(rules, key) ? rules[key] : undefined;
}

function rawText(lines: readonly string[]): string {
  return lines.join('\n').trimEnd();
}
